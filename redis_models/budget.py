"""The time that all Redis work of one web request may take together. Commands have none.

The last tenth of it is the journal's: what Redis did not take in time must find somebody who has time to keep it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

JOURNAL_SHARE = 0.1

_Ends = tuple[float, float]
"""The monotonic times at which a budget is spent: for Redis, and for everything."""
_ends: ContextVar[_Ends | None] = ContextVar("ends", default=None)


@contextmanager
def budget(seconds: float | None) -> Iterator[None]:
    """Give the block `seconds` for its Redis work; None is no limit. An inner budget never exceeds an outer one."""
    token = _ends.set(_earlier(_ends_of(seconds), _ends.get()))
    try:
        yield
    finally:
        _ends.reset(token)


@contextmanager
def without_budget() -> Iterator[None]:
    """Give the block all the time it needs, whatever budget is open."""
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
    """Return what an operation that may take `most` seconds has left of the budget: 0 where it is spent."""
    ends = _ends.get()
    return most if ends is None else _until(ends[1], most=most)


def redis_seconds_left(most: float) -> float:
    """Return what an operation of Redis that may take `most` seconds has left: 0 where the journal's share begins."""
    ends = _ends.get()
    return most if ends is None else _until(ends[0], most=most)


def _until(end: float, *, most: float) -> float:
    return min(most, max(0.0, end - time.monotonic()))
