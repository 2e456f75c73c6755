"""Stopping what waits for something else, at once and from any thread."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any


class StopSign:
    """Says that some work shall stop. The work is a coroutine, so that it stops also while it waits for a server."""

    def __init__(self) -> None:
        self.is_asked = False
        self._lock = threading.Lock()
        self._cancel: Callable[[], object] = lambda: None

    def ask(self) -> None:
        """Ask for it, from any thread and any number of times; also before the work has begun."""
        with self._lock:
            self.is_asked = True
            self._cancel()

    def run(self, work: Coroutine[Any, Any, None]) -> bool:
        """Run the work in an event loop of its own; return whether it came to its end, and was not stopped.

        (asyncio.run would wait at its end for the threads of the loop, one of which may be asking for an address.)
        """
        loop = asyncio.new_event_loop()
        task = loop.create_task(work)
        self._arm(lambda: loop.call_soon_threadsafe(task.cancel))
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            return False
        finally:
            self._arm(lambda: None)
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
        return True

    def _arm(self, cancel: Callable[[], object]) -> None:
        with self._lock:
            self._cancel = cancel
            if self.is_asked:
                cancel()
