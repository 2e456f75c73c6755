"""The current Redis operation of a thread: its name for the log, and whether its outcome is known."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Operation:
    """One operation with all its attempts; `is_unknown` is true once the reply to a command was lost."""

    name: str
    is_unknown: bool = False


_current: ContextVar[Operation] = ContextVar("operation")
_ceiling_s: ContextVar[float] = ContextVar("ceiling_s", default=math.inf)


def current() -> Operation:
    """Return this thread's operation; outside of any, a placeholder."""
    return _current.get(Operation("connect"))


def ceiling_s() -> float:
    """Return the most seconds that one connect, write or read may take here; it overrides longer time-outs."""
    return _ceiling_s.get()


@contextmanager
def named(name: str) -> Iterator[Operation]:
    """Run the block as the operation of that name."""
    operation = Operation(name)
    token = _current.set(operation)
    try:
        yield operation
    finally:
        _current.reset(token)


@contextmanager
def suboperation(*, at_most_s: float = math.inf) -> Iterator[None]:
    """Run the block as a part of the operation: a reply lost in it does not make the operation's outcome unknown."""
    token = _ceiling_s.set(min(at_most_s, ceiling_s()))
    try:
        with named(current().name):
            yield
    finally:
        _ceiling_s.reset(token)
