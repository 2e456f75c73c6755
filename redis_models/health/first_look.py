"""The first look at a primary, before anything else is asked of it, and after an outage: its mark, and its clock.

A probe of the monitor does the same, so this is for commands, serverless, and a cluster's new primary.
"""

from redis_models import connection
from redis_models.connection import Primary
from redis_models.errors import (
    BudgetSpent,
    OutcomeUnknown,
    RedisRefusing,
    RedisUnavailable,
    SlotMoving,
    UnknownReply,
    WrongDatabase,
)
from redis_models.health import database_mark, registry
from redis_models.health.breaker import Breaker
from redis_models.health.host_clock import settled_offset, steady_ms
from redis_models.journal import journal

_SAY_NOTHING_OF_SERVER = (BudgetSpent, SlotMoving, RedisRefusing, UnknownReply)
"""These errors do not mean that the server is away."""


def look_first(primary: Primary) -> None:
    """Compare the mark of the database, and learn the server's time, unless both are known since the last outage.

    Raises RedisUnavailable, also if the database is another one or has lost its mark.
    """
    breaker = registry.breaker_of(primary)
    if breaker.knows_database:
        return
    try:
        database_mark.look(journal(), primary, mark_on=_mark_and_time)
    except WrongDatabase as error:
        breaker.database_lost(str(error))
        raise RedisUnavailable(str(error)) from error
    except RedisUnavailable as error:
        report_failure(breaker, error)
        if isinstance(error, OutcomeUnknown):  # the mark was read, and the operation itself was not begun
            raise RedisUnavailable(str(error)) from error
        raise
    breaker.database_known()


def look_for_time(primary: Primary) -> None:
    """Have a first look if no monitor does; raises RedisUnavailable."""
    breaker = registry.breaker_of(primary)
    if not breaker.is_monitored:
        breaker.check_read()
        look_first(primary)
        breaker.operation_worked()


def _mark_and_time(primary: Primary) -> str | None:
    """Return the mark on the primary, and note its time as that of the reply: earlier attempts may have taken long."""
    answer, breaker = connection.look_at(primary), registry.breaker_of(primary)
    breaker.clock_known(settled_offset(answer.server_ms - steady_ms(), before=breaker.health.clock_offset_ms))
    return answer.mark


def report_failure(breaker: Breaker, error: RedisUnavailable) -> None:
    """Tell the breaker of an operation that failed, if the error says that the server is away or refuses writes."""
    if not isinstance(error, _SAY_NOTHING_OF_SERVER):
        breaker.operation_failed(error)
