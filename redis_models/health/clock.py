"""The time by the server's clock, from the last known offset."""

from contextlib import suppress

from redis_models import connection
from redis_models.errors import RedisModelError
from redis_models.health import first_look, registry
from redis_models.health.breaker import Health
from redis_models.health.host_clock import steady_ms


def now_ms() -> int:
    """Return ms since the epoch by the clock of the (first) primary, from the last known offset.

    If no probe has told this process the offset, as in commands, the server is asked first. If it cannot be asked, the
    host's clock counts.
    """
    offset_ms = registry.current().clock_offset_ms
    if offset_ms is None:
        offset_ms = _asked().clock_offset_ms
    return steady_ms() + (offset_ms or 0)


def _asked() -> Health:
    with suppress(RedisModelError):
        first_look.look_for_time(connection.primaries()[0])
    return registry.current()
