"""Threads of the measurements: some that run at once, and one that repeats a step while a block runs."""

import threading
from collections.abc import Callable
from typing import Self


def run_at_once(work: Callable[[int], object], count: int) -> None:
    """Call `work` with each number below `count`, each in a thread of its own; return when all have ended."""
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Repeated:
    """Calls `step` in a thread while the block runs, each time after `interval_s`."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._repeat)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def step(self) -> None:
        """Do it once."""
        raise NotImplementedError

    def _repeat(self) -> None:
        while not self._is_over.wait(self._interval_s):
            self.step()
