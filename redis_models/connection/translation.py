"""Translate redis-py's errors to the errors of this package; nothing else does.

Errors are classified by redis-py's class, which corresponds to the error code. Inside a script nearly every error has
the code ERR, so those are classified by the texts of Valkey 9 and Redis 8, 7.0 and 6.2.
"""

import logging
import re
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
    UnknownReply,
)

_log = logging.getLogger(__name__)
FOREIGN = (exceptions.RedisError, exceptions.RedisClusterException)
"""The errors of redis-py: two hierarchies without a common base."""

_REFUSALS_OF_US = (exceptions.AuthenticationError, exceptions.AuthorizationError, exceptions.NoPermissionError)
_REFUSES_US = ("DB index", "invalid DB index", "NOAUTH ", "NOPERM ")
_REFUSALS_OF_WRITES = (exceptions.OutOfMemoryError, exceptions.ReadOnlyError)
_REFUSES_WRITES = ("OOM ", "MISCONF ", "READONLY ", "NOREPLICAS ")
_IS_NO_CLUSTER = "cluster support disabled"
_ACL = re.compile(
    r"ACL failure in script|has no permissions to|no permissions to access|"
    r"The user executing the script can't (run this command|access at least one of the keys)",
    re.IGNORECASE,
)
_COMMAND_IN_ACL = re.compile(r"to run the '([\w|-]{1,40})' command", re.IGNORECASE)
_UNKNOWN_COMMAND = re.compile(r"unknown (redis |valkey )?command\b", re.IGNORECASE)
_IS_MOVING = (exceptions.AskError, exceptions.TryAgainError)
_NOT_NOW = (exceptions.ClusterDownError, exceptions.SlotNotCoveredError, exceptions.NoScriptError)
"""NOSCRIPT is one of them: the scripts were flushed after a drain loaded them, and the next drain loads them again."""
_DEFECTS = (exceptions.ResponseError, exceptions.RedisClusterException)
FAULT_OF_SCRIPT = re.compile(
    r"(^|[ @])user_script:\s?\d+: |Error (compiling|running) script|not allowed from |"
    r"arguments must be strings or integers|at least one argument|wrong number of arg|syntax error|"
    r"WRONGTYPE|CROSSSLOT|non local key|hash to the same slot|"
    r"value is not|not an integer|not a valid|out of range|invalid expire|exceeds maximum|too many (elements|results)|"
    r"would (overflow|produce NaN)",
    re.IGNORECASE,
)
"""Errors that lie in the script, in its arguments or in data of another shape: the same script fails again."""
_PLACE_IN_SCRIPT = re.compile(r" script: .*$", re.DOTALL)
_IS_BUSY = ("BUSY ", "LOADING ", "MASTERDOWN ", "CLUSTERDOWN ")


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Run the block as the operation of that name; translate redis-py's errors to errors of this package."""
    with named(name) as operation:
        try:
            yield
        except FOREIGN as error:
            ours = translation(error, name)
            if operation.is_unknown and type(ours) in (RedisUnavailable, BudgetSpent):
                ours = OutcomeUnknown("Redis did not answer; the operation may or may not have run.")
            log_failure(name, error, ours)
            raise ours from error


def log_failure(name: str, error: BaseException | None, ours: RedisModelError) -> None:
    """Log that the operation of that name failed with redis-py's error, which became this package's."""
    names = name, type(error).__name__, type(ours).__name__
    _log.error("Redis operation failed. operation=%s error=%s result=%s", *names)


def translation(error: Exception, name: str) -> RedisModelError:
    """Return this package's error for one of redis-py's; `name` is the name of the operation."""
    if isinstance(error, BudgetSpentError):
        return BudgetSpent("The time budget of this request was spent before Redis was asked.")
    if refusal := _refusal_of_client(error):
        return RedisRefusing(refusal)
    if _refuses_writes(error):
        return RedisReadOnly("Redis refuses writes at the moment.")
    if isinstance(error, _IS_MOVING) or type(error) is exceptions.ClusterError:
        return SlotMoving("Redis is moving these keys to another server.")
    if isinstance(error, _NOT_NOW) or str(error).startswith(_IS_BUSY) or not isinstance(error, _DEFECTS):
        return RedisUnavailable("Redis does not answer.")
    return _error_of_script(error, name)


def _error_of_script(error: Exception, name: str) -> RedisModelError:
    """Return ScriptFailed if the error is known to lie in the script or its data, else UnknownReply."""
    text = str(error)
    if not isinstance(error, exceptions.ResponseError) or FAULT_OF_SCRIPT.search(text):
        return ScriptFailed(f"{name} failed on the server.")
    return UnknownReply(
        "Redis replied with an error that is not known; see its log.", likeness=_PLACE_IN_SCRIPT.sub("", text)
    )


def _refusal_of_client(error: Exception) -> str:
    """Return why the server refuses this client, as a sentence that names no key; empty if it does not."""
    text = str(error)
    if _IS_NO_CLUSTER in text:
        return "The url is that of a cluster, but this server is not part of one; write redis:// instead."
    if isinstance(error, exceptions.MovedError) and not settings.REDIS_ENDPOINT.nodes:
        return "This server is a node of a cluster; write redis+cluster:// instead."
    if _ACL.search(text):
        return _forbidden_sentence(text)
    if _UNKNOWN_COMMAND.search(text):
        return "Redis does not know a command that Aira needs; was it renamed or disabled?"
    if isinstance(error, _REFUSALS_OF_US) or text.startswith(_REFUSES_US):
        return "Redis refuses this client; check the password, the permissions and the database number."
    return ""


def _refuses_writes(error: Exception) -> bool:
    """Return whether the server answers, but refuses writes."""
    return isinstance(error, _REFUSALS_OF_WRITES) or str(error).startswith(_REFUSES_WRITES)


def _forbidden_sentence(text: str) -> str:
    command = _COMMAND_IN_ACL.search(text)
    if command:
        return f"Redis refuses this client the command {command[1].lower()}; allow it in the client's ACL."
    return "Redis refuses this client a key or a command that Aira needs; allow it in the client's ACL."
