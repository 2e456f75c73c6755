"""The breaker of each primary, and the combined health. No round trips, no locks."""

from collections.abc import Sequence
from functools import partial

from redis_models import connection
from redis_models.connection import Primary
from redis_models.health.breaker import Breaker, Health
from redis_models.host import state


class _Breakers:
    """A host's breakers by primary, and whether a monitor is running."""

    def __init__(self) -> None:
        self.by_primary: dict[Primary, Breaker] = {}
        self.are_monitored = False


def breaker_for(keys: Sequence[str]) -> Breaker:
    """Return the breaker of the primary that owns the keys."""
    return breaker_of(connection.primary_of(keys))


def breakers() -> dict[Primary, Breaker]:
    """Return the breaker of each primary."""
    return {primary: breaker_of(primary) for primary in connection.primaries()}


def breaker_of(primary: Primary) -> Breaker:
    """Return the breaker of the primary; the first call creates it."""
    known = state(_Breakers)
    found = known.by_primary.get(primary)
    if found is None:
        made = Breaker(on_open=partial(connection.free_blocked_callers, primary))
        made.is_monitored = known.are_monitored
        found = known.by_primary.setdefault(primary, made)
    return found


def forget() -> None:
    """Forget the breakers of all primaries."""
    state(_Breakers).by_primary.clear()


def current() -> Health:
    """Return the last known health of all primaries combined; no round trip, no lock."""
    each = [breaker.health for breaker in breakers().values()]
    if len(each) == 1:
        return each[0]
    return Health(
        is_reachable=all(health.is_reachable for health in each),
        is_writable=all(health.is_writable for health in each),
        reason=next((health.reason for health in each if health.reason), ""),
        clock_offset_ms=each[0].clock_offset_ms,
    )


def forget_those_gone() -> None:
    """Drop the breakers of servers that are no longer primaries."""
    known = state(_Breakers).by_primary
    for primary in set(known) - set(connection.primaries()):
        known.pop(primary, None)


def set_monitored(*, is_running: bool) -> None:
    """Let the monitor's probes close the breakers if it is running, else operations."""
    known = state(_Breakers)
    known.are_monitored = is_running
    for breaker in list(known.by_primary.values()):
        breaker.is_monitored = is_running
