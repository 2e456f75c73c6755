"""The time by the server's clock, as far as its offset is known."""

import time

from redis_models.health import registry

BEGAN_NS = time.time_ns() - time.monotonic_ns()


def now_ms() -> int:
    """Return the time in ms since the epoch by the (first) server's clock, as far as its offset is known."""
    return steady_ms() + registry.current().clock_offset_ms


def steady_ms() -> int:
    """Return ms since the epoch by a clock that never steps: the host's as it was when this process began."""
    return (BEGAN_NS + time.monotonic_ns()) // 1_000_000
