"""Whether the time of a refused sign-in tells who has an account."""

from collections.abc import Callable
from unittest.mock import patch

from accounts import limits
from api.limits import Limit
from bench.report import Table, number
from tests.environment import SOCKET
from tests.flows.guessing import MEDIANS_APART_MS, RAISED, medians_ms
from tests.people import sign_up
from tests.servers import Server

PAIRS = 1000


def guessing(scale: float, advance: Callable[..., None]) -> tuple[Table, bool]:
    """Try pairs of an email with an account and one without; return the table, and whether the promise is kept."""
    pairs, server = round(PAIRS * scale), Server(SOCKET)
    server.start()
    try:
        with patch.multiple(limits, **{name: Limit("raised", permits=10**6, per_s=60) for name in RAISED}):
            known, unknown = medians_ms(sign_up("ann@example.com").email, pairs=pairs, advance=advance)
    finally:
        server.stop()
    rows = [
        ["pairs", number(pairs)],
        ["median with an account", f"{known:.2f} ms"],
        ["median without", f"{unknown:.2f} ms"],
        ["apart", f"{abs(known - unknown):.2f} ms"],
    ]
    about = "Sign-ins with a wrong password, one by one in turns, in process; the limits on them are raised."
    return Table("Known and unknown emails at sign-in", about, ("what", "found"), rows), (
        abs(known - unknown) < MEDIANS_APART_MS
    )
