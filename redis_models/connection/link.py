"""One connection to one primary that sends commands in order: the drain applies rows and confirms them with it."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from redis import exceptions
from redis.connection import AbstractConnection

from redis_models import trace
from redis_models.budget import budget
from redis_models.connection.client import connection_to, key_at
from redis_models.connection.server_state import UNKNOWN, ServerState, state_from, unsynced
from redis_models.connection.topology import Primary
from redis_models.connection.translation import FOREIGN, log_failure, translation
from redis_models.errors import RedisModelError, RedisRefusing, RedisUnavailable, ScriptFailed, UnknownReply
from redis_models.operations.scripts import Script, script

COMMANDS_AT_ONCE = 100
FENCE = "aira:fence"
_OPERATION = "journal.drain"
_UNCONFIRMED = "redis_models.connection.link.Link.unconfirmed"
OPERATION_BUDGET_S = 5.0
"""For one reply, however many commands were sent before: a server that is busy but answers is not given up."""
FENCE_TIMEOUT_MS = 2000
FENCE_STEP_MS = 100
"""How long one WAITAOF waits: replicas say what is on their disks when it begins, and otherwise once a second."""
FENCE_LIFETIME_MS = 60_000
Reply = Any
"""The server's reply, or an error of this package if the server replied with an error."""


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a script: its name, KEYS and ARGV."""

    script: str
    keys: Sequence[str]
    args: Sequence[str]


@dataclass(slots=True)
class _Conversation:
    """Commands that are sent and their replies; `unread` replies are not read yet."""

    unread: int = 0


class Link:
    """Sends commands in order over one connection, without retries. Its methods raise RedisUnavailable."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self._loaded: set[str] = set()
        self._last = _Conversation()

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
        nodes = [("CLUSTER", "NODES")] if settings.REDIS_ENDPOINT.nodes else []
        info, policy, *place = self._converse([("INFO",), ("CONFIG", "GET", "appendfsync"), *nodes])
        if isinstance(info, (RedisRefusing, ScriptFailed, UnknownReply)):
            return UNKNOWN
        fsync = policy[1] if isinstance(policy, list) and len(policy) == 2 else ""
        told = place[0] if place and isinstance(place[0], str) else ""
        return state_from(_no_refusal(info), fsync=fsync, nodes=told if place else None)

    def unconfirmed(self, primary: Primary, *, replicas: int) -> str:
        """Write a key and return why this and all earlier writes are not proven to be durable; empty if they are.

        They must be synced to the append-only files of the primary and of `replicas` replicas.
        """
        step_ms = max(1, min(FENCE_STEP_MS, FENCE_TIMEOUT_MS, round(settings.AIRA_REDIS_TIMEOUT_S * 500)))
        commands: list[tuple[Any, ...]] = [("SET", key_at(primary, FENCE), "1", "PX", FENCE_LIFETIME_MS)]
        synced = (0, 0)
        for _ in range(0, FENCE_TIMEOUT_MS, step_ms):
            *_, reply = self._converse([*commands, ("WAITAOF", 1, replicas, step_ms)])
            if isinstance(reply, RedisRefusing):
                return str(reply).removesuffix(".")
            commands, synced = [], _synced(reply)
            if synced[0] >= 1 and synced[1] >= replicas:
                trace.note(_UNCONFIRMED, "proven", primary=synced[0], replicas=synced[1])
                return ""
        if synced[0] < 1:
            return "the server did not sync its append-only file in time"
        (received,) = self._converse([("WAIT", replicas, step_ms)])
        return unsynced(replicas, received=received if isinstance(received, int) else 0, synced=synced[1])

    def _converse(self, commands: Sequence[tuple[Any, ...]]) -> Iterator[Reply]:
        self.close()
        own = self._last = _Conversation()
        try:
            for replies in self._in_turn(commands, own):
                yield from replies
        except FOREIGN as error:
            ours = translation(error, _OPERATION)
            log_failure(_OPERATION, error, ours)
            raise ours from error
        finally:
            self._end(own)

    def close(self) -> None:
        """Disconnect if the last conversation was broken off, so that nobody takes its replies for others."""
        self._end(self._last)

    def _end(self, conversation: _Conversation) -> None:
        """End the conversation now or later, once: an error may keep it alive while the connection serves others."""
        if conversation.unread:
            conversation.unread = 0
            self._connection.disconnect()

    def _in_turn(self, commands: Sequence[tuple[Any, ...]], own: _Conversation) -> Iterator[list[Reply]]:
        """Send the commands in batches, and yield the replies to each batch after the next one is sent."""
        for begin in range(0, len(commands) + COMMANDS_AT_ONCE, COMMANDS_AT_ONCE):
            due, some = own.unread, commands[begin : begin + COMMANDS_AT_ONCE]
            own.unread += len(some)
            with budget(OPERATION_BUDGET_S):
                self._connection.send_packed_command(self._connection.pack_commands(some))
            replies = [self._reply() for _ in range(due)]
            own.unread -= due
            yield replies

    def _reply(self) -> Reply:
        try:
            with budget(OPERATION_BUDGET_S):
                return self._connection.read_response()
        except exceptions.ResponseError as error:
            ours = translation(error, "The write")
            ours.__cause__ = error
            return ours


def _no_refusal(reply: Reply) -> Reply:
    """Return the reply; log and raise it if it says that the server refuses this client or refuses writes."""
    if isinstance(reply, RedisUnavailable):
        log_failure(_OPERATION, reply.__cause__, reply)
        raise reply
    return reply


def _script_or_error(name: str) -> Script | RedisModelError:
    try:
        return script(name)
    except ScriptFailed as error:
        return error


def _synced(reply: Reply) -> tuple[int, int]:
    """Return how many primaries (0 or 1) and replicas have synced their files, by WAITAOF's reply; 0 if it failed."""
    return (int(reply[0]), int(reply[1])) if isinstance(reply, list) and len(reply) == 2 else (0, 0)


@contextmanager
def link_to(primary: Primary) -> Iterator[Link]:
    """Open a link to the primary; raises RedisUnavailable."""
    with (
        connection_to(primary, name=_OPERATION) as client,
        closing(Link(client.connection_pool.get_connection())) as link,
    ):
        yield link
