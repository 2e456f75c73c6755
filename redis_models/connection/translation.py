"""The one place where redis-py's errors become ours."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions

from redis_models.connection.operation import named
from redis_models.connection.refusals import refusal_of_client, refuses_writes
from redis_models.connection.retry import BudgetSpentError
from redis_models.errors import (
    BudgetSpent,
    OutcomeUnknown,
    RedisModelError,
    RedisReadOnly,
    RedisRefusing,
    RedisUnavailable,
    ScriptFailed,
    SlotMoving,
)

_log = logging.getLogger(__name__)
FOREIGN = (exceptions.RedisError, exceptions.RedisClusterException)
"""What redis-py raises: two trees without a common root."""

_IS_MOVING = (exceptions.AskError, exceptions.TryAgainError)
_NOT_NOW = (exceptions.ClusterDownError, exceptions.SlotNotCoveredError, exceptions.NoScriptError)
"""NOSCRIPT among them: the scripts were flushed since they were loaded, and are loaded again by the next drain."""
_DEFECTS = (exceptions.ResponseError, exceptions.RedisClusterException)
_IS_BUSY = ("BUSY ", "LOADING ", "MASTERDOWN ", "CLUSTERDOWN ")


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Do the block as the operation of that name; what redis-py raises in it leaves it as an error of ours."""
    with named(name) as operation:
        try:
            yield
        except FOREIGN as error:
            ours = translation(error, name)
            if operation.is_unknown and type(ours) in (RedisUnavailable, BudgetSpent):
                ours = OutcomeUnknown("Redis did not answer; whether it did what it was asked is unknown.")
            _log.error(
                "Redis operation failed. operation=%s error=%s result=%s",
                name, type(error).__name__, type(ours).__name__,
            )  # fmt: skip
            raise ours from error


def translation(error: Exception, name: str) -> RedisModelError:
    """Return our error for one of redis-py's; `name` is the operation's."""
    if isinstance(error, BudgetSpentError):
        return BudgetSpent("The time of this request was spent before Redis was asked.")
    if refusal := refusal_of_client(error):
        return RedisRefusing(refusal)
    if refuses_writes(error):
        return RedisReadOnly("Redis refuses writes at the moment.")
    if isinstance(error, _IS_MOVING) or type(error) is exceptions.ClusterError:
        return SlotMoving("Redis is moving these keys to another server.")
    if isinstance(error, _NOT_NOW) or str(error).startswith(_IS_BUSY) or not isinstance(error, _DEFECTS):
        return RedisUnavailable("Redis does not answer.")
    return ScriptFailed(f"{name} failed on the server.")
