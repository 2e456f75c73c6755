"""The state of a host: what a process has learned of its Redis and of its users, on one object.

A module keeps what it knows as an instance of a class of its own, which `state(TheClass)` makes when it is first asked
for. A process has one host; a context may name another one (see `redis_models.testing`).
"""

from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")


class Host:
    """What one host knows: one instance of each class that was asked for."""

    def __init__(self) -> None:
        self._states: dict[type[Any], Any] = {}

    def state(self, kind: type[T]) -> T:
        """Return this host's instance of the class, which is made without arguments the first time."""
        found: T | None = self._states.get(kind)
        return self._states.setdefault(kind, kind()) if found is None else found


_of_process = [Host()]
_of_context: ContextVar[Host | None] = ContextVar("host", default=None)


def current_host() -> Host:
    """Return the context's host, else the process's."""
    return _of_context.get() or _of_process[0]


def state(kind: type[T]) -> T:
    """Return the current host's instance of the class."""
    return current_host().state(kind)


def name_for_context(named: Host | None) -> Host | None:
    """Let this context's host be another one (None: the process's); return the one that was named before."""
    before = _of_context.get()
    _of_context.set(named)
    return before


def name_for_process(named: Host) -> Host:
    """Let the process's host be another one; return the one before."""
    before, _of_process[0] = _of_process[0], named
    return before
