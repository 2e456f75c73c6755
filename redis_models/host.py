"""The in-memory state of a host: everything that a process has learned of Redis and of users, on one object.

A module keeps its state in a class of its own; `state(TheClass)` returns the host's instance, which the first call
creates. A process has one host; tests may choose another one for a context (see `redis_models.testing`).
"""

from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")


class Host:
    """The state of one host: `states` has one instance of each class that was asked for."""

    def __init__(self) -> None:
        self.states: dict[type[Any], Any] = {}


_of_process = [Host()]
_of_context: ContextVar[Host | None] = ContextVar("host", default=None)


def current_host() -> Host:
    """Return the context's host, else the process's."""
    return _of_context.get() or _of_process[0]


def state(kind: type[T]) -> T:
    """Return the current host's instance of the class; the first call creates it, without arguments.

    A request calls this about 20 times, so it calls nothing else.
    """
    states = (_of_context.get() or _of_process[0]).states
    found: T | None = states.get(kind)
    return states.setdefault(kind, kind()) if found is None else found


def name_for_context(named: Host | None) -> Host | None:
    """Set the host of this context (None for the process's host); return the previous one."""
    before = _of_context.get()
    _of_context.set(named)
    return before


def name_for_process(named: Host) -> Host:
    """Set the host of the process; return the previous one."""
    before, _of_process[0] = _of_process[0], named
    return before
