"""Run scripts on Redis: check the breaker, run the script, report the result to the breaker."""

from collections.abc import Iterator
from typing import Any

from redis_models import connection
from redis_models.errors import BudgetSpent, RedisRefusing, RedisUnavailable, SlotMoving, UnknownReply
from redis_models.health import registry
from redis_models.operations.read import Read
from redis_models.operations.scripts import script
from redis_models.operations.write import Receipt, Write


def apply(write: Write) -> Receipt:
    """Run the write's script; only the writer calls this.

    Raises ScriptFailed, and RedisUnavailable if the script did not run or its outcome is unknown.
    """
    return write.execute(_apply)


def _apply(write: Write, argv: tuple[str, ...]) -> Receipt:
    registry.breaker_for(write.keys).check_write()
    return Receipt.from_reply(_run(write.script, write.keys, argv))


def read(question: Read) -> Any:
    """Run the read's script and return the server's reply; raises RedisUnavailable and ScriptFailed."""
    registry.breaker_for(question.keys).check_read()
    return _run(question.script, question.keys, question.args)


def keys_matching(pattern: str) -> Iterator[str]:
    """Yield the keys of all primaries that match the glob pattern; raises RedisUnavailable if one is away."""
    for breaker in registry.breakers().values():
        breaker.check_read()
    yield from connection.keys_matching(pattern)


def _run(name: str, keys: tuple[str, ...], args: tuple[str, ...]) -> Any:
    try:
        reply = connection.run_script(script(name), keys, args)
    except (BudgetSpent, SlotMoving, RedisRefusing, UnknownReply):
        raise  # does not mean that the server is away
    except RedisUnavailable as error:
        registry.breaker_for(keys).operation_failed(error)
        raise
    registry.breaker_for(keys).operation_worked()
    return reply
