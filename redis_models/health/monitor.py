"""The monitor: a thread that probes each primary and tells its breaker."""

import logging
from concurrent.futures import ThreadPoolExecutor

from redis_models import connection
from redis_models.budget import budget
from redis_models.connection import Primary
from redis_models.errors import RedisModelError, RedisUnavailable, SlotMoving
from redis_models.health import registry
from redis_models.health.breaker import Breaker
from redis_models.health.clock import steady_ms
from redis_models.periodic import Periodic

PROBE_INTERVAL_S = 0.3
PROBE_TIMEOUT_S = 0.3
PROBE_JITTER_MS = 20
LOOK_BUDGET_S = 0.5

_log = logging.getLogger(__name__)


def watch_once() -> None:
    """Probe; where an answer is missed probe again at once, and then find out which servers are the primaries now."""
    if probe_once():
        return
    if any(breaker.is_in_doubt for breaker in registry.breakers().values()):
        probe_once()
    _refresh_topology()


def probe_once() -> bool:
    """Ask every primary whether it answers and takes writes, all at once; return whether all are (still) primaries."""
    was = registry.current()
    asked = connection.primaries()
    if len(asked) == 1:
        answers = [_probe(asked[0], registry.breaker_of(asked[0]))]
    else:
        with ThreadPoolExecutor(len(asked)) as threads:
            answers = list(threads.map(_probe, asked, map(registry.breaker_of, asked)))
    registry.forget_those_gone()
    now = registry.current()
    if now.is_healthy != was.is_healthy:
        _log.warning("Redis is %s. reason=%s", "healthy" if now.is_healthy else "not healthy", now.reason)
    return all(answers)


def _probe(primary: Primary, breaker: Breaker) -> bool:
    """Probe the primary and tell its breaker; return whether it is (still) the primary."""
    asked_ms = steady_ms()
    try:
        answer = connection.probe(primary, timeout_s=PROBE_TIMEOUT_S)
    except SlotMoving:  # it answers, but that the slot of the probe's key goes, or all of its slots went, elsewhere
        breaker.probe_answered(clock_offset_ms=breaker.health.clock_offset_ms, refusal="")
        return False
    except RedisModelError as error:
        breaker.probe_missed(str(error))
        return False
    middle_ms = (asked_ms + steady_ms()) // 2
    offset_ms = _settled(answer.server_ms - middle_ms, before=breaker.health.clock_offset_ms)
    breaker.probe_answered(clock_offset_ms=offset_ms, refusal=answer.refusal)
    return not answer.refusal.startswith("READONLY")


def _settled(offset_ms: int, *, before: int) -> int:
    """Return the offset measured before, where the new one differs by no more than a probe may measure wrongly.

    So the time of later writes of a process is never earlier.
    """
    return before if abs(offset_ms - before) <= PROBE_JITTER_MS else offset_ms


def _refresh_topology() -> None:
    try:
        with budget(LOOK_BUDGET_S):
            connection.refresh_topology()
    except RedisUnavailable as error:
        _log.debug("%s", error)
    registry.forget_those_gone()


class Monitor(Periodic):
    """Probes in the background; the breakers then wait for the probe instead of trying operations."""

    is_running = False

    def on_running(self) -> None:
        """Leave closing the breakers to the probe."""
        self._tell(is_running=True)

    def on_stopped(self) -> None:
        """Leave closing the breakers to real operations."""
        self._tell(is_running=False)

    def _tell(self, *, is_running: bool) -> None:
        self.is_running = is_running
        registry.set_monitored(is_running=is_running)


monitor = Monitor("redis-monitor", interval_s=PROBE_INTERVAL_S, step=watch_once)
