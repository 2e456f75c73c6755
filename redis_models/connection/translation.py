"""The one place where redis-py's errors become ours."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from redis import exceptions

from redis_models.connection.operation import named
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

_REFUSALS_OF_US = (exceptions.AuthenticationError, exceptions.AuthorizationError, exceptions.NoPermissionError)
_REFUSALS_OF_WRITES = (exceptions.OutOfMemoryError, exceptions.ReadOnlyError)
_IS_MOVING = (exceptions.AskError, exceptions.TryAgainError)
_NOT_NOW = (exceptions.ClusterDownError, exceptions.SlotNotCoveredError)
_DEFECTS = (exceptions.ResponseError, exceptions.RedisClusterException)
_REFUSES_WRITES = ("OOM ", "MISCONF ", "READONLY ", "NOREPLICAS ")
_REFUSES_US = ("DB index", "invalid DB index", "NOAUTH ")
_IS_NO_CLUSTER = "cluster support disabled"
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
    refusal = _refusal(error, str(error))
    if refusal:
        return RedisRefusing(refusal)
    if isinstance(error, _REFUSALS_OF_WRITES) or str(error).startswith(_REFUSES_WRITES):
        return RedisReadOnly("Redis refuses writes at the moment.")
    if isinstance(error, _IS_MOVING) or type(error) is exceptions.ClusterError:
        return SlotMoving("Redis is moving these keys to another server.")
    if isinstance(error, _NOT_NOW) or str(error).startswith(_IS_BUSY) or not isinstance(error, _DEFECTS):
        return RedisUnavailable("Redis does not answer.")
    return ScriptFailed(f"{name} failed on the server.")


def _refusal(error: Exception, text: str) -> str:
    if _IS_NO_CLUSTER in text:
        return "The url names a cluster, and this server is none; write redis:// instead."
    if isinstance(error, exceptions.MovedError) and not settings.REDIS_ENDPOINT.nodes:
        return "This server is a node of a cluster; write redis+cluster:// instead."
    if isinstance(error, _REFUSALS_OF_US) or text.startswith(_REFUSES_US):
        return "Redis refuses this client; check the password, the permissions and the database number."
    return ""
