"""What a server's error says about the server: that it refuses this client, or writes. Such an error is no row's fault.

Errors are told apart by redis-py's class, which stands for the error's code. Inside a script nearly every error has the
code ERR, so those are told apart by their text, as Valkey 9, Redis 8, 7.0 and 6.2 word them.
"""

import re

from django.conf import settings
from redis import exceptions

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


def refusal_of_client(error: Exception) -> str:
    """Return why the server refuses this client, as a sentence without any key; empty if it does not."""
    text = str(error)
    if _IS_NO_CLUSTER in text:
        return "The url names a cluster, and this server is none; write redis:// instead."
    if isinstance(error, exceptions.MovedError) and not settings.REDIS_ENDPOINT.nodes:
        return "This server is a node of a cluster; write redis+cluster:// instead."
    if _ACL.search(text):
        return _forbidden(text)
    if _UNKNOWN_COMMAND.search(text):
        return "Redis does not know a command that Aira needs; was it renamed or disabled?"
    if isinstance(error, _REFUSALS_OF_US) or text.startswith(_REFUSES_US):
        return "Redis refuses this client; check the password, the permissions and the database number."
    return ""


def refuses_writes(error: Exception) -> bool:
    """Return whether the server answers and takes no writes at the moment."""
    return isinstance(error, _REFUSALS_OF_WRITES) or str(error).startswith(_REFUSES_WRITES)


def _forbidden(text: str) -> str:
    command = _COMMAND_IN_ACL.search(text)
    if command:
        return f"Redis refuses this client the command {command[1].lower()}; allow it in the client's ACL."
    return "Redis refuses this client a key or a command that Aira needs; allow it in the client's ACL."
