"""The way to Redis: asks the breaker, runs the script, tells the breaker. `apply` is called by the writer alone."""

from collections.abc import Iterator
from typing import Any

from redis_models import connection
from redis_models.errors import RedisUnavailable
from redis_models.health import breaker
from redis_models.scripts import script
from redis_models.write import Outcome, Read, Receipt, Write


def apply(write: Write) -> Receipt:
    """Run the write's script once; raises RedisUnavailable where it did not run or nobody knows, and ScriptFailed."""
    breaker.check_write()
    outcome, *reply = _run(write.script, write.keys, write.argv)
    return Receipt(Outcome(outcome), tuple(reply))


def read(question: Read) -> Any:
    """Run the read's script and return its reply as the server gave it; raises RedisUnavailable and ScriptFailed."""
    breaker.check_read()
    return _run(question.script, question.keys, question.args)


def keys_matching(pattern: str) -> Iterator[str]:
    """Yield the database's keys that match the glob pattern; raises RedisUnavailable."""
    breaker.check_read()
    yield from connection.keys_matching(pattern)


def _run(name: str, keys: tuple[str, ...], args: tuple[str, ...]) -> Any:
    try:
        reply = connection.run_script(script(name), keys, args)
    except RedisUnavailable as error:
        breaker.operation_failed(error)
        raise
    breaker.operation_worked()
    return reply
