"""The monitor: a thread that probes each primary, compares its mark, and reports to its breaker."""

import logging
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

from redis_models import connection
from redis_models.budget import budget
from redis_models.connection import Primary
from redis_models.errors import RedisModelError, RedisReadOnly, RedisUnavailable, SlotMoving, WrongDatabase
from redis_models.health import database_mark, registry
from redis_models.health.breaker import Breaker
from redis_models.health.host_clock import settled_offset, steady_ms
from redis_models.journal import Journal, journal
from redis_models.periodic import Periodic

PROBE_INTERVAL_S = 0.3
PROBE_TIMEOUT_S = 0.3
LOOK_BUDGET_S = 0.5
MARKING_BUDGET_S = 10.0
"""For a probe that finds no mark where none is expected: it looks through all keys for users, and writes a mark."""

_log = logging.getLogger(__name__)


def watch_once() -> None:
    """Probe all primaries. After a failure, probe again at once if a breaker is in doubt, then refresh the topology."""
    if probe_once():
        return
    if any(breaker.is_in_doubt for breaker in registry.breakers().values()):
        probe_once()
    _refresh_topology()


def probe_once() -> bool:
    """Probe every primary at the same time; return whether all answered and are still primaries."""
    was = registry.current()
    asked = connection.primaries()
    if len(asked) == 1:
        answers = [_probe(asked[0], registry.breaker_of(asked[0]), journal())]
    else:
        with ThreadPoolExecutor(len(asked)) as threads:
            answers = list(threads.map(_probe, asked, map(registry.breaker_of, asked), repeat(journal())))
    registry.forget_those_gone()
    now = registry.current()
    if now.is_healthy != was.is_healthy:
        _log.warning("Redis is %s. reason=%s", "healthy" if now.is_healthy else "not healthy", now.reason)
    return all(answers)


def _probe(primary: Primary, breaker: Breaker, kept: Journal) -> bool:
    """Probe the primary and report to its breaker; return whether it answered and is still a primary."""
    asked_ms = steady_ms()
    try:
        answer = connection.probe(primary, timeout_s=PROBE_TIMEOUT_S)
    except SlotMoving:  # the server answers, but the slot of the probe's key moves, or all its slots have moved
        breaker.probe_moved()
        return False
    except RedisModelError as error:
        breaker.probe_missed(str(error))
        return False
    middle_ms = (asked_ms + steady_ms()) // 2
    offset_ms = settled_offset(answer.server_ms - middle_ms, before=breaker.health.clock_offset_ms)
    if answer.refusal.startswith("READONLY"):  # a replica now: it may lag, so its mark says nothing
        breaker.operation_failed(RedisReadOnly(answer.refusal))
        return False
    try:
        with budget(MARKING_BUDGET_S):
            database_mark.verify_primary(kept, primary, answer.mark)
    except (WrongDatabase, RedisUnavailable) as error:
        breaker.database_lost(str(error), clock_offset_ms=offset_ms)
    else:
        breaker.probe_answered(clock_offset_ms=offset_ms, refusal=answer.refusal)
    return True


def _refresh_topology() -> None:
    try:
        with budget(LOOK_BUDGET_S):
            connection.refresh_topology()
    except RedisUnavailable as error:
        _log.debug("%s", error)
    registry.forget_those_gone()


class Monitor(Periodic):
    """Probes in the background. While it runs, only its probes close the breakers."""

    is_running = False

    def on_running(self) -> None:
        """Let only probes close the breakers."""
        self._tell(is_running=True)

    def on_stopped(self) -> None:
        """Let operations close the breakers."""
        self._tell(is_running=False)

    def _tell(self, *, is_running: bool) -> None:
        self.is_running = is_running
        registry.set_monitored(is_running=is_running)


monitor = Monitor("redis-monitor", interval_s=PROBE_INTERVAL_S, step=watch_once)
