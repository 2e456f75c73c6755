"""What replaces threads that the program starts itself, and the future by which it waits for one."""

from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from typing import Any

from tests.protocol.simulation.world.baton import baton


class Thread:
    """A task of the process that starts it; a process that is killed takes it along."""

    def __init__(self, *, target: Callable[..., object], args: Sequence[Any] = (), name: str, daemon: bool) -> None:
        assert daemon
        self._name, self._do = name, partial(target, *args)

    def start(self) -> None:
        """Start the task."""
        process = baton().current.process
        baton().start(f"{process.name} {self._name}", process, self._do)


class Future:
    """A result that another task sets."""

    def __init__(self) -> None:
        self._results: list[Any] = []

    def set_result(self, result: Any) -> None:
        """Set the result."""
        self._results.append(result)

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the result, and return it; raises TimeoutError."""
        if not baton().wait(lambda: bool(self._results), inf if timeout is None else timeout):
            raise TimeoutError
        return self._results[0]
