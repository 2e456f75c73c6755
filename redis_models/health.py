"""The health of Redis as this process sees it: one breaker, and a monitor thread that probes and tells the breaker."""

import logging
import time

from redis_models import connection
from redis_models.breaker import Breaker, Health
from redis_models.errors import RedisUnavailable
from redis_models.periodic import Periodic

PROBE_INTERVAL_S = 0.4
PROBE_TIMEOUT_S = 0.3

_log = logging.getLogger(__name__)
breaker = Breaker(on_open=connection.free_blocked_callers)


def current() -> Health:
    """Return the last known health: no round trip, no lock."""
    return breaker.health


def now_ms() -> int:
    """Return the time in ms since the epoch by the server's clock, as far as its offset is known."""
    return time.time_ns() // 1_000_000 + breaker.health.clock_offset_ms


def probe_once() -> None:
    """Ask Redis whether it answers and takes writes, and tell the breaker."""
    was = breaker.health
    asked_ms = time.time_ns() // 1_000_000
    try:
        answer = connection.probe(timeout_s=PROBE_TIMEOUT_S)
    except RedisUnavailable as error:
        breaker.probe_missed(str(error))
    else:
        middle_ms = (asked_ms + time.time_ns() // 1_000_000) // 2
        breaker.probe_answered(clock_offset_ms=answer.server_ms - middle_ms, refusal=answer.refusal)
    if breaker.health.is_healthy != was.is_healthy:
        _log.warning(
            "Redis is %s. reason=%s", "healthy" if breaker.health.is_healthy else "not healthy", breaker.health.reason
        )


class Monitor(Periodic):
    """Probes in the background; its breaker then waits for the probe instead of trying operations."""

    def on_running(self) -> None:
        """Leave closing the breaker to the probe."""
        breaker.is_monitored = True

    def on_stopped(self) -> None:
        """Leave closing the breaker to real operations."""
        breaker.is_monitored = False


monitor = Monitor("redis-monitor", interval_s=PROBE_INTERVAL_S, step=probe_once)
