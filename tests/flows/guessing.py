"""How long a refused sign-in takes for an email that has an account, and for one that has none."""

import statistics
import time
from collections.abc import Callable

from rest_framework.test import APIClient

RAISED = ("SIGN_IN_OF_ADDRESS", "SIGN_IN_OF_EMAIL")
"""The limits that would answer instead."""
MEDIANS_APART_MS = 5.0


def medians_ms(known: str, *, pairs: int, advance: Callable[[], object] = lambda: None) -> tuple[float, float]:
    """Return both medians (known, unknown), of tries that take turns; the limits are raised by the caller."""
    spent: tuple[list[float], list[float]] = ([], [])
    for number in range(pairs):
        for times, email in zip(spent, (known, f"nobody{number}@example.com"), strict=True):
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
