"""Waiting in tests: a busy machine never makes a test fail.

A test may assert two things about real time: that a promised deadline is met (it allows five times as long), and that
something took at least as long as it should, which a busy machine does not make false. For everything else it uses an
event, a count or an injected clock. Benchmarks, not tests, measure how fast something is. tests/test_waiting.py
enforces these rules.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SLACK = 5
LEAST_S = 5.0
"""The shortest deadline; if it were some milliseconds, any other load on the processor could exceed it."""
PATIENCE_S = 90.0
"""The limit for events without a promised deadline; it is reached only if the event never happens."""
_PAUSE_S = 0.01


def deadline(*, promised_s: float) -> float:
    """Return how long (s) a test waits for something that is promised within `promised_s`."""
    return max(SLACK * promised_s, LEAST_S)


def wait_until(is_so: Callable[[], object], *, at_most_s: float = PATIENCE_S) -> float:
    """Wait until the condition is true; return how long that took (s)."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < at_most_s, "the condition did not become true in time"
        time.sleep(_PAUSE_S)
    return time.monotonic() - begun


@contextmanager
def within(at_most_s: float) -> Iterator[None]:
    """Assert that the block takes less than `at_most_s`."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < at_most_s


@contextmanager
def lasting(at_least_s: float) -> Iterator[None]:
    """Assert that the block takes at least `at_least_s`."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun >= at_least_s


def stopwatch() -> Callable[[], float]:
    """Return a function that tells how long ago (s) it was made, for promises that allow more the longer it takes."""
    begun = time.monotonic()
    return lambda: time.monotonic() - begun


def joined(*threads: threading.Thread) -> None:
    """Wait for the threads; assert that all of them ended."""
    for thread in threads:
        thread.join(PATIENCE_S)
    assert not any(thread.is_alive() for thread in threads)
