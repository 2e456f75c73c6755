"""Run scripts on Redis: check the breaker and the mark, run the script, report the result to the breaker."""

from collections.abc import Iterator
from typing import Any

from redis_models import connection, trace
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
from redis_models.journal import journal
from redis_models.operations.read import Read
from redis_models.operations.scripts import script
from redis_models.operations.write import Receipt, Write

_SAY_NOTHING_OF_SERVER = (BudgetSpent, SlotMoving, RedisRefusing, UnknownReply)
"""These errors do not mean that the server is away."""
_APPLY = "redis_models.gateway.apply"


def apply(write: Write) -> Receipt:
    """Run the write's script; only the writer calls this.

    Raises ScriptFailed, and RedisUnavailable if the script did not run or its outcome is unknown.
    """
    trace.note(_APPLY, "sent", write=write)
    receipt = write.execute(_apply)
    trace.note(_APPLY, receipt.outcome, write=write)
    return receipt


def _apply(write: Write, argv: tuple[str, ...]) -> Receipt:
    registry.breaker_for(write.keys).check_write()
    _look_first(connection.primary_of(write.keys))
    return Receipt.from_reply(_run(write.script, write.keys, argv))


def read(question: Read) -> Any:
    """Run the read's script and return the server's reply; raises RedisUnavailable and ScriptFailed."""
    registry.breaker_for(question.keys).check_read()
    _look_first(connection.primary_of(question.keys))
    return _run(question.script, question.keys, question.args)


def keys_matching(pattern: str) -> Iterator[str]:
    """Yield the keys of all primaries that match the glob pattern; raises RedisUnavailable if one is away."""
    for primary, breaker in registry.breakers().items():
        breaker.check_read()
        _look_first(primary)
    yield from connection.keys_matching(pattern)


def _look_first(primary: Primary) -> None:
    """Read and compare the mark of the database before the first operation on this primary, and after an outage.

    A probe of the monitor does the same, so this is for commands, serverless, and a cluster's new primary.
    """
    breaker = registry.breaker_of(primary)
    if breaker.knows_database:
        return
    try:
        database_mark.look(journal(), primary)
    except WrongDatabase as error:
        breaker.database_lost(str(error))
        raise RedisUnavailable(str(error)) from error
    except RedisUnavailable as error:
        _report_failure(breaker, error)
        if isinstance(error, OutcomeUnknown):  # the mark was read, and the operation itself was not begun
            raise RedisUnavailable(str(error)) from error
        raise
    breaker.database_known()


def _run(name: str, keys: tuple[str, ...], args: tuple[str, ...]) -> Any:
    try:
        reply = connection.run_script(script(name), keys, args)
    except RedisUnavailable as error:
        _report_failure(registry.breaker_for(keys), error)
        raise
    registry.breaker_for(keys).operation_worked()
    return reply


def _report_failure(breaker: Breaker, error: RedisUnavailable) -> None:
    if not isinstance(error, _SAY_NOTHING_OF_SERVER):
        breaker.operation_failed(error)
