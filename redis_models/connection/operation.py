"""What this thread is doing with Redis now: the operation's name for the log, and whether its outcome is known."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Operation:
    """One operation with all its attempts; `is_unknown` once a command was sent whose reply never came."""

    name: str
    is_unknown: bool = False


_current: ContextVar[Operation] = ContextVar("operation")
_ceiling_s: ContextVar[float] = ContextVar("ceiling_s", default=math.inf)


def current() -> Operation:
    """Return this thread's operation; outside of one, an operation that nobody asks."""
    return _current.get(Operation("connect"))


def ceiling_s() -> float:
    """Return the seconds that one connect, write or read may take here at most, whatever the policy says."""
    return _ceiling_s.get()


@contextmanager
def named(name: str) -> Iterator[Operation]:
    """Do the block as the operation of that name."""
    operation = Operation(name)
    token = _current.set(operation)
    try:
        yield operation
    finally:
        _current.reset(token)


@contextmanager
def suboperation(*, at_most_s: float = math.inf) -> Iterator[None]:
    """Do the block beside the operation: what gets lost in it leaves the operation's own outcome as it is."""
    token = _ceiling_s.set(min(at_most_s, ceiling_s()))
    try:
        with named(current().name):
            yield
    finally:
        _ceiling_s.reset(token)
