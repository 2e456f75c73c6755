"""The time by the server's clock, from the last known offset."""

import time

from redis_models.health import registry

BEGAN_NS = time.time_ns() - time.monotonic_ns()


def now_ms() -> int:
    """Return ms since the epoch by the clock of the (first) primary, from the last known offset."""
    return steady_ms() + registry.current().clock_offset_ms


def steady_ms() -> int:
    """Return ms since the epoch by a clock that never steps: the host's time at process start plus monotonic time."""
    return (BEGAN_NS + time.monotonic_ns()) // 1_000_000
