"""Stop a running coroutine, at once and from any thread."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any


class StopSign:
    """A request to stop some work. The work is a coroutine, so it can be stopped while it waits for a server."""

    def __init__(self) -> None:
        self.is_asked = False
        self._lock = threading.Lock()
        self._cancel: Callable[[], object] = lambda: None

    def ask(self) -> None:
        """Stop the work. May be called from any thread, repeatedly, and before the work begins."""
        with self._lock:
            self.is_asked = True
            self._cancel()

    def run(self, work: Coroutine[Any, Any, None]) -> bool:
        """Run the work in its own event loop; return True if it finished, False if it was stopped.

        `asyncio.run` is not used because it waits for the loop's threads at the end, and one may still resolve a name.
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
