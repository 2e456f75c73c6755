"""Run scripts on Redis: check the breaker and the mark, run the script, report the result to the breaker."""

from collections.abc import Iterator
from typing import Any

from redis_models import connection, trace
from redis_models.errors import RedisUnavailable
from redis_models.health import registry
from redis_models.health.first_look import look_first, report_failure
from redis_models.operations.read import Read
from redis_models.operations.scripts import script
from redis_models.operations.write import Receipt, Write

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
    look_first(connection.primary_of(write.keys))
    return Receipt.from_reply(_run(write.script, write.keys, argv))


def read(question: Read) -> Any:
    """Run the read's script and return the server's reply; raises RedisUnavailable and ScriptFailed."""
    registry.breaker_for(question.keys).check_read()
    look_first(connection.primary_of(question.keys))
    return _run(question.script, question.keys, question.args)


def keys_matching(pattern: str) -> Iterator[str]:
    """Yield the keys of all primaries that match the glob pattern; raises RedisUnavailable if one is away."""
    for primary, breaker in registry.breakers().items():
        breaker.check_read()
        look_first(primary)
    yield from connection.keys_matching(pattern)


def _run(name: str, keys: tuple[str, ...], args: tuple[str, ...]) -> Any:
    try:
        reply = connection.run_script(script(name), keys, args)
    except RedisUnavailable as error:
        report_failure(registry.breaker_for(keys), error)
        raise
    registry.breaker_for(keys).operation_worked()
    return reply
