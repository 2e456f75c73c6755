"""Whether the duration of a refused sign-in reveals which emails have an account."""

import statistics
import time
from collections.abc import Callable
from unittest.mock import patch

from rest_framework.test import APIClient

from accounts import limits
from api.limits import Limit
from bench.report import Table, number
from tests.environment import SOCKET
from tests.support.people import sign_up
from tests.support.servers import Server

PAIRS = 1000
RAISED = ("SIGN_IN_OF_ADDRESS", "SIGN_IN_OF_EMAIL")
"""The limits that would refuse the sign-ins first; they are raised."""
MEDIANS_APART_MS = 5.0


def guessing(scale: float, advance: Callable[..., None]) -> tuple[Table, bool]:
    """Try pairs of an email with an account and one without; return the table and whether the promise is kept."""
    pairs, server = round(PAIRS * scale), Server(SOCKET)
    server.start()
    try:
        with patch.multiple(limits, **{name: Limit("raised", permits=10**6, per_s=60) for name in RAISED}):
            known, unknown = _medians_ms(sign_up("ann@example.com").email, pairs=pairs, advance=advance)
    finally:
        server.stop()
    rows = [
        ["pairs", number(pairs)],
        ["median with an account", f"{known:.2f} ms"],
        ["median without", f"{unknown:.2f} ms"],
        ["apart", f"{abs(known - unknown):.2f} ms"],
    ]
    about = (
        "Alternating sign-ins with a wrong password, one at a time and in process; the rate limits are raised. "
        f"Promised: the medians are within {MEDIANS_APART_MS:.0f} ms."
    )
    return Table("Known and unknown emails at sign-in", about, ("what", "found"), rows), (
        abs(known - unknown) < MEDIANS_APART_MS
    )


def _medians_ms(known: str, *, pairs: int, advance: Callable[..., None]) -> tuple[float, float]:
    """Return both medians (known, unknown), in ms; known and unknown emails alternate."""
    spent: tuple[list[float], list[float]] = ([], [])
    for pair in range(pairs):
        for times, email in zip(spent, (known, f"nobody{pair}@example.com"), strict=True):
            times.append(_refused_in_ms(email))
        advance()
    return statistics.median(spent[0]), statistics.median(spent[1])


def _refused_in_ms(email: str) -> float:
    begun = time.perf_counter()
    body = {"email": email, "password": "not the password"}
    response = APIClient(SERVER_NAME="localhost").post("/api/v1/session", body, format="json")
    spent_ms = (time.perf_counter() - begun) * 1000
    assert response.status_code == 401
    return spent_ms
