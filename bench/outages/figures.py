"""Shared parts of the small benches: a served site, and the cells of durations."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tests.environment import SOCKET
from tests.flows.served.sites import ServedSite
from tests.support.servers import Server

DOCUMENTED = {"AIRA_REDIS_RETRY_DELAY_MS": "500"}
"""The documented settings, which the environment of tests changes."""


@contextmanager
def redis() -> Iterator[Server]:
    """Run the Redis that this process's environment names while the block runs."""
    server = Server(SOCKET)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def served(**options: str) -> Iterator[ServedSite]:
    """Serve the site on that Redis with one worker while the block runs."""
    site = ServedSite(**(DOCUMENTED | options))
    try:
        yield site
    finally:
        site.stop()


def took_s(call: Callable[[], object]) -> float:
    """Return the duration of the call, in s."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def in_ms(times_s: Sequence[float]) -> list[str]:
    """Return the cells: median, p99 and the slowest, in ms."""
    ascending = sorted(times_s)
    p99 = ascending[min(len(ascending) - 1, len(ascending) * 99 // 100)]
    return [f"{each * 1000:.1f}" for each in (statistics.median(ascending), p99, ascending[-1])]


def in_s(times_s: Sequence[float]) -> list[str]:
    """Return the cells: median and the slowest, in s."""
    return [f"{statistics.median(times_s):.2f}", f"{max(times_s):.2f}"]
