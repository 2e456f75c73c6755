"""Callers blocked on a Redis that hangs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis_models.connection import bounded
from tests.support.waiting import joined, wait_until


def number_blocked() -> int:
    """Return how many connections of this process are waiting to read a reply or to write a command."""
    return sum(each.is_waiting for each in list(bounded.open_connections))


@contextmanager
def once_blocked(do: Callable[[], object], *, callers: int = 1) -> Iterator[None]:
    """Call `do` in a thread as soon as the block has blocked this many more callers."""
    before = number_blocked()

    def work() -> None:
        wait_until(lambda: number_blocked() >= before + callers)
        do()

    working = threading.Thread(target=work)
    working.start()
    try:
        yield
    finally:
        joined(working)
