"""The time budget for all Redis work of one web request. Management commands have no budget.

The last tenth is reserved for the journal, so that a write that Redis did not take in time can still be kept.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

JOURNAL_SHARE = 0.1

_Ends = tuple[float, float]
"""The monotonic times at which a budget ends: for Redis, and in all."""
_ends: ContextVar[_Ends | None] = ContextVar("ends", default=None)


@contextmanager
def budget(seconds: float | None) -> Iterator[None]:
    """Limit the block's Redis work to `seconds`; None means no limit. An inner budget never exceeds an outer one."""
    token = _ends.set(_earlier(_ends_of(seconds), _ends.get()))
    try:
        yield
    finally:
        _ends.reset(token)


@contextmanager
def without_budget() -> Iterator[None]:
    """Run the block without a limit, even inside another budget."""
    token = _ends.set(None)
    try:
        yield
    finally:
        _ends.reset(token)


def _ends_of(seconds: float | None) -> _Ends | None:
    if seconds is None:
        return None
    now = time.monotonic()
    return now + seconds * (1 - JOURNAL_SHARE), now + seconds


def _earlier(one: _Ends | None, other: _Ends | None) -> _Ends | None:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), min(one[1], other[1])


def seconds_left(most: float) -> float:
    """Return the seconds left of the budget, at most `most`; 0 if it is spent."""
    ends = _ends.get()
    return most if ends is None else _until(ends[1], most=most)


def redis_seconds_left(most: float) -> float:
    """Return the seconds left for Redis, at most `most`; 0 once only the journal's share is left."""
    ends = _ends.get()
    return most if ends is None else _until(ends[0], most=most)


def _until(end: float, *, most: float) -> float:
    return min(most, max(0.0, end - time.monotonic()))
