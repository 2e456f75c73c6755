"""Waiting in tests: a test fails because of what happened, never because the machine is busy.

Of real time a test may ask two things: the deadline of a promise, five times over, and that something took at least as
long as it should (a busy machine only makes that truer). For everything else it has an event, a count, or an injected
clock. How fast something is, a bench measures and prints. tests/test_waiting.py holds all tests to this.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SLACK = 5
LEAST_S = 5.0
"""No deadline is shorter: one of some milliseconds is at the mercy of whoever else wants the processor."""
PATIENCE_S = 90.0
"""For what has no deadline: only what never happens takes as long."""
_PAUSE_S = 0.01


def deadline(*, promised_s: float) -> float:
    """Return the seconds that a test gives to what is promised within `promised_s`."""
    return max(SLACK * promised_s, LEAST_S)


def wait_until(is_so: Callable[[], object], *, at_most_s: float = PATIENCE_S) -> float:
    """Wait until the condition holds; return how long that took (s)."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < at_most_s, "it did not happen in time"
        time.sleep(_PAUSE_S)
    return time.monotonic() - begun


@contextmanager
def within(at_most_s: float) -> Iterator[None]:
    """Hold that the block takes no longer."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < at_most_s


@contextmanager
def lasting(at_least_s: float) -> Iterator[None]:
    """Hold that the block takes so long at least."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun >= at_least_s


def joined(*threads: threading.Thread) -> None:
    """Wait for the threads, all of which must end."""
    for thread in threads:
        thread.join(PATIENCE_S)
    assert not any(thread.is_alive() for thread in threads)
