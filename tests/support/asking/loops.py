"""An event loop whose clock is advanced by waiting: nothing takes real time."""

import asyncio
import selectors


class _Waiting(selectors.DefaultSelector):
    """Instead of waiting for a time-out, adds it to the clock."""

    now_s = 0.0

    def select(self, timeout=None):
        found = super().select(0 if timeout is not None else None)
        if not found and timeout:
            self.now_s += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with a virtual clock; use it without threads."""

    def __init__(self):
        self._waiting = _Waiting()
        super().__init__(self._waiting)

    def time(self):
        return self._waiting.now_s


def run(coroutine):
    """Run the coroutine with a virtual clock; return its result and how long it took by that clock (s)."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        result = runner.run(coroutine)
        return result, runner.get_loop().time()
