"""A simulated server: the commands that the program sends, in-process. Its scripts run in the program's interpreter."""

import fnmatch
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any

from redis_models.errors import ScriptFailed
from redis_models.offline.local_redis.commands import COMMANDS
from redis_models.offline.local_redis.interpreter import interpreter
from redis_models.offline.local_redis.reply import Status
from redis_models.operations.scripts import Script
from tests.protocol.simulation.world.keyspace import WRITES, Effect, LoggedKeyspace

MINUTE = re.compile(rb"^(local .*(?:TURN_MS|MARGIN_US) = .*)60000(?:000)?$", re.MULTILINE)
"""For so long an erasure is left to the host that has it, and hosts forget what they have of the erased person again.

In lives it is 5 s, so that others soon go on with it, and 5 ms, as the clocks of all servers agree.
"""


@dataclass(frozen=True, slots=True)
class Blocked:
    """The reply to a command that waits for others: `now()` is the reply at this moment, `is_enough` ends the wait."""

    timeout_s: float
    now: Callable[[], bytes]
    is_enough: Callable[[], bool]


@dataclass(slots=True)
class Offset:
    """What a connection has written: WAIT and WAITAOF are about this much of the log."""

    written: int = 0


@dataclass(eq=False)
class Server:
    """A server. `synced` is how much of its log is on its disk; None without an append-only file.

    `replication` is the primary's group, which tells who follows whom.
    """

    name: str
    has_disk: bool
    deployment: Any
    clock_us: Callable[[], int]
    log: list[Effect] = field(default_factory=list)
    synced: int = 0
    is_up: bool = True
    is_hung: bool = False
    is_primary: bool = False
    run_id: str = ""
    replication_id: str = ""

    def __post_init__(self) -> None:
        self.scripts: dict[str, Script] = {}
        self.keyspace = LoggedKeyspace([])
        self.load()

    def load(self) -> None:
        """Make the keys that the log describes; forget the scripts."""
        self.keyspace = LoggedKeyspace(self.log)
        self.scripts = {}

    def run(self, command: Sequence[bytes], offset: Offset) -> bytes | Blocked:
        """Run the command and return the reply in RESP."""
        name, *args = command
        handler = getattr(self, name.decode().lower(), None)
        before = len(self.log)
        self.keyspace.now_us = self.clock_us()
        if not self.is_primary and name in (b"EVALSHA", b"EVAL", *WRITES):
            return b"-READONLY You can't write against a read only replica.\r\n"
        reply = handler(offset, *args) if handler else COMMANDS[name](self.keyspace, *args)
        if len(self.log) > before:
            offset.written = len(self.log)
        return reply if isinstance(reply, Blocked) else encoded(reply)

    def evalsha(self, _: Offset, sha: bytes, count: bytes, *rest: bytes) -> Any:
        found = self.scripts.get(sha.decode())
        if found is None:
            return Failure("NOSCRIPT No matching script.")
        texts = [text.decode() for text in rest]
        try:
            run = interpreter().run
            return run(found, texts[: int(count)], texts[int(count) :], self.keyspace, now_us=self.clock_us())
        except ScriptFailed as error:
            return Failure(f"ERR user_script:1: {error}".replace("\r", " ").replace("\n", " "))

    def eval(self, offset: Offset, source: bytes, count: bytes, *rest: bytes) -> Any:
        return self.evalsha(offset, self.script(offset, b"LOAD", source).encode(), count, *rest)

    def script(self, _: Offset, what: bytes, source: bytes) -> str:
        assert what == b"LOAD"
        sha, sooner = _sha_of(source), MINUTE.sub(rb"\g<1>5000", source)
        self.scripts[sha] = Script(sha, sooner.decode(), _sha_of(sooner))
        return sha

    def scan(self, _: Offset, cursor: bytes, match: bytes, pattern: bytes, *count: bytes) -> list[Any]:
        names = sorted(name.decode() for name, _ in self.keyspace.items())
        return [b"0", fnmatch.filter(names, pattern.decode())]

    def info(self, _: Offset, *section: bytes) -> str:
        facts = {
            "redis_version": "9.0.0",
            "role": "master" if self.is_primary else "slave",
            "run_id": self.run_id,
            "master_replid": self.replication_id,
            "connected_slaves": len(self.deployment.followers_of(self)),
            "aof_enabled": int(self.has_disk),
        }
        return "".join(f"{name}:{value}\r\n" for name, value in facts.items())

    def config(self, _: Offset, *what: bytes) -> list[str]:
        return ["appendfsync", "everysec"]

    def wait(self, offset: Offset, replicas: bytes, timeout_ms: bytes) -> Blocked:
        """Ask how many replicas have what the connection has written."""
        written = offset.written

        def now() -> int:
            self.deployment.replicate(self)
            return sum(len(each.log) >= written for each in self.deployment.followers_of(self))

        return Blocked(int(timeout_ms) / 1000, lambda: encoded(now()), lambda: now() >= int(replicas))

    def waitaof(self, offset: Offset, local: bytes, replicas: bytes, timeout_ms: bytes) -> Any:
        """Ask whether the disk has it, and how many disks of replicas."""
        if not self.has_disk:
            return Failure("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
        written = offset.written

        def now() -> list[int]:
            self.deployment.replicate(self)
            self.deployment.sync(self)
            others = self.deployment.followers_of(self)
            return [int(self.synced >= written), sum(each.synced >= written for each in others)]

        def is_enough() -> bool:
            return all(have >= int(need) for have, need in zip(now(), (local, replicas), strict=True))

        return Blocked(int(timeout_ms) / 1000, lambda: encoded(now()), is_enough)


def _sha_of(source: bytes) -> str:
    return sha1(source, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Failure:
    """An error reply."""

    text: str


def encoded(reply: Any) -> bytes:
    """Return the reply in RESP 2."""
    match reply:
        case None:
            text = b"$-1"
        case int():
            text = b":%d" % reply
        case Failure():
            text = b"-%s" % reply.text.encode()
        case Status():
            text = b"+%s" % reply.text
        case str():
            return encoded(reply.encode())
        case bytes():
            text = b"$%d\r\n%s" % (len(reply), reply)
        case _:
            return b"*%d\r\n" % len(reply) + b"".join(map(encoded, reply))
    return text + b"\r\n"
