"""One connection to one primary that sends commands in order: the drain applies rows and confirms them with it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from redis import exceptions
from redis.connection import AbstractConnection

from redis_models.budget import budget
from redis_models.connection.client import connection_to, key_at
from redis_models.connection.server_state import UNKNOWN, ServerState, state_from
from redis_models.connection.topology import Primary
from redis_models.connection.translation import FOREIGN, translation
from redis_models.errors import RedisModelError, RedisRefusing, RedisUnavailable, ScriptFailed, UnknownReply
from redis_models.operations.scripts import Script, script

COMMANDS_AT_ONCE = 100
FENCE = "aira:fence"
_OPERATION = "journal.drain"
OPERATION_BUDGET_S = 5.0
FENCE_TIMEOUT_MS = 2000
FENCE_LIFETIME_MS = 60_000
Reply = Any
"""The server's reply, or an error of this package if the server replied with an error."""


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a script: its name, KEYS and ARGV."""

    script: str
    keys: Sequence[str]
    args: Sequence[str]


class Link:
    """Sends commands in order over one connection, without retries. Its methods raise RedisUnavailable."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self._loaded: set[str] = set()
        self._unread = 0

    def run(self, calls: Sequence[Call]) -> Iterator[Reply]:
        """Run the scripts in order and yield a reply for each: ScriptFailed or UnknownReply for one that failed.

        The calls are pipelined. Raises RedisUnavailable (or a subclass) if the server refuses this client or refuses
        writes, which is not a failure of the script.
        """
        known: dict[str, Script | RedisModelError] = {call.script: _script_or_error(call.script) for call in calls}
        self._load([found for found in known.values() if isinstance(found, Script)])
        commands = [
            ("EVALSHA", found.sha, len(call.keys), *call.keys, *call.args)
            for call in calls
            if isinstance(found := known[call.script], Script)
        ]
        replies = self._converse(commands)
        for call in calls:
            found = known[call.script]
            reply = found if isinstance(found, RedisModelError) else next(replies)
            yield reply if isinstance(reply, UnknownReply) else _no_refusal(reply)

    def _load(self, scripts: Sequence[Script]) -> None:
        missing = [each for each in scripts if each.sha not in self._loaded]
        for reply in self._converse([("SCRIPT", "LOAD", each.source) for each in missing]):
            _no_refusal(reply)
        self._loaded.update(each.sha for each in missing)

    def state(self) -> ServerState:
        """Return the server's state; UNKNOWN if it does not permit INFO."""
        info, policy = self._converse([("INFO",), ("CONFIG", "GET", "appendfsync")])
        if isinstance(info, (RedisRefusing, ScriptFailed, UnknownReply)):
            return UNKNOWN
        return state_from(_no_refusal(info), fsync=policy[1] if isinstance(policy, list) and len(policy) == 2 else "")

    def confirm_durable(self, primary: Primary, *, replicas: int) -> bool:
        """Write a key and return whether the server proves that this and all earlier writes are durable.

        They must be synced to the append-only file, and have reached `replicas` replicas.
        """
        timeout_ms = min(FENCE_TIMEOUT_MS, round(settings.AIRA_REDIS_TIMEOUT_S * 500))
        commands: list[tuple[Any, ...]] = [
            ("SET", key_at(primary, FENCE), "1", "PX", FENCE_LIFETIME_MS),
            ("WAITAOF", 1, 0, timeout_ms),
            ("WAIT", replicas, timeout_ms),
        ]
        _, *proofs = self._converse(commands[: 3 if replicas else 2])
        return all(_count(proof) >= need for proof, need in zip(proofs, (1, replicas), strict=False))

    def _converse(self, commands: Sequence[tuple[Any, ...]]) -> Iterator[Reply]:
        try:
            for replies in self._in_turn(commands):
                yield from replies
        except FOREIGN as error:
            raise translation(error, _OPERATION) from error
        finally:
            if self._unread:
                self._connection.disconnect()

    def _in_turn(self, commands: Sequence[tuple[Any, ...]]) -> Iterator[list[Reply]]:
        """Send the commands in batches, and yield the replies to each batch after the next one is sent."""
        for begin in range(0, len(commands) + COMMANDS_AT_ONCE, COMMANDS_AT_ONCE):
            due, some = self._unread, commands[begin : begin + COMMANDS_AT_ONCE]
            self._unread += len(some)
            with budget(OPERATION_BUDGET_S):
                self._connection.send_packed_command(self._connection.pack_commands(some))
                replies = [self._reply() for _ in range(due)]
            self._unread -= due
            yield replies

    def _reply(self) -> Reply:
        try:
            return self._connection.read_response()
        except exceptions.ResponseError as error:
            return translation(error, "The write")


def _no_refusal(reply: Reply) -> Reply:
    """Return the reply; raise it if it says that the server refuses this client or refuses writes."""
    if isinstance(reply, RedisUnavailable):
        raise reply
    return reply


def _script_or_error(name: str) -> Script | RedisModelError:
    try:
        return script(name)
    except ScriptFailed as error:
        return error


def _count(proof: Reply) -> int:
    """Return how many servers acknowledged: WAIT replies with a number, WAITAOF with local and replica numbers."""
    number = proof[0] if isinstance(proof, list) else proof
    return number if isinstance(number, int) else 0


@contextmanager
def link_to(primary: Primary) -> Iterator[Link]:
    """Open a link to the primary; raises RedisUnavailable."""
    with connection_to(primary, name=_OPERATION) as client:
        yield Link(client.connection_pool.get_connection())
