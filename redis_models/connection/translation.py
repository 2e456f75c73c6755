"""The one place where redis-py's errors become ours."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions

from redis_models.connection.operation import named
from redis_models.connection.policy import BudgetSpentError
from redis_models.errors import (
    BudgetSpent,
    OutcomeUnknown,
    RedisModelError,
    RedisReadOnly,
    RedisRefusing,
    RedisUnavailable,
    ScriptFailed,
)

_log = logging.getLogger(__name__)
_REFUSALS_OF_US = (exceptions.AuthenticationError, exceptions.AuthorizationError, exceptions.NoPermissionError)
_REFUSALS_OF_WRITES = (exceptions.OutOfMemoryError, exceptions.ReadOnlyError)
_NOT_NOW = (exceptions.AskError, exceptions.TryAgainError, exceptions.ClusterDownError)
_REFUSES_WRITES = ("OOM ", "MISCONF ", "READONLY ", "NOREPLICAS ")
_REFUSES_US = ("DB index", "invalid DB index", "NOAUTH ")
_IS_BUSY = ("BUSY ", "LOADING ", "MASTERDOWN ", "CLUSTERDOWN ", "TRYAGAIN ")


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Do the block as the operation of that name; what redis-py raises in it leaves it as an error of ours."""
    with named(name) as operation:
        try:
            yield
        except exceptions.RedisError as error:
            ours = translation(error, name)
            if operation.is_unknown and type(ours) in (RedisUnavailable, BudgetSpent):
                ours = OutcomeUnknown("Redis did not answer; whether it did what it was asked is unknown.")
            _log.error(
                "Redis operation failed. operation=%s error=%s result=%s",
                name, type(error).__name__, type(ours).__name__,
            )  # fmt: skip
            raise ours from error


def translation(error: exceptions.RedisError, name: str) -> RedisModelError:
    """Return our error for one of redis-py's; `name` is the operation's."""
    text = str(error)
    if isinstance(error, BudgetSpentError):
        return BudgetSpent("The time of this request was spent before Redis was asked.")
    if isinstance(error, _REFUSALS_OF_US) or text.startswith(_REFUSES_US):
        return RedisRefusing("Redis refuses this client; check the password, the permissions and the database number.")
    if isinstance(error, _REFUSALS_OF_WRITES) or text.startswith(_REFUSES_WRITES):
        return RedisReadOnly("Redis refuses writes at the moment.")
    if isinstance(error, _NOT_NOW) or text.startswith(_IS_BUSY) or not isinstance(error, exceptions.ResponseError):
        return RedisUnavailable("Redis does not answer.")
    return ScriptFailed(f"{name} failed on the server.")
