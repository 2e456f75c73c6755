"""The time that all Redis work of one web request may take together. Commands have none."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def budget(seconds: float | None) -> Iterator[None]:
    """Give the block `seconds` for its Redis work; None is no limit. An inner budget never exceeds an outer one."""
    outer = _deadline.get()
    deadline = None if seconds is None else time.monotonic() + seconds
    token = _deadline.set(deadline if outer is None else min(outer, deadline or outer))
    try:
        yield
    finally:
        _deadline.reset(token)


def seconds_left(most: float) -> float:
    """Return what an operation that may take `most` seconds has left of the budget: 0 where it is spent."""
    deadline = _deadline.get()
    return most if deadline is None else min(most, max(0.0, deadline - time.monotonic()))
