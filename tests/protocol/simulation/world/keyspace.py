"""The data of a simulated server, and the log of its effects: what replicas copy, and what a disk keeps.

As in Redis, not the scripts are replicated but the commands by which they changed something.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from redis_models.offline.local_redis.commands import COMMANDS
from redis_models.offline.local_redis.keyspace import Keyspace

WRITES = (
    *(b"SET", b"SETNX", b"DEL", b"UNLINK", b"PEXPIRE", b"HSET", b"HSETNX", b"HDEL"),
    *(b"SADD", b"RPUSH", b"ZADD", b"ZREM", b"ZREMRANGEBYSCORE"),
)
Effect = tuple[int, bytes, tuple[bytes, ...]]
"""The time (us) of a command that may have changed something, its name and its arguments."""


class LoggedKeyspace(Keyspace):
    """Keys that were made by the effects in a log; further effects are appended to it."""

    def __init__(self, log: list[Effect]) -> None:
        super().__init__()
        self.log: list[Effect] = []
        with patch.dict(COMMANDS, _ORIGINALS):
            for at_us, name, args in log:
                self.now_us = at_us
                COMMANDS[name](self, *args)
        self.log = log


_ORIGINALS = dict(COMMANDS)


def _logged(name: bytes, command: Callable[..., Any]) -> Callable[..., Any]:
    def run(keys: Keyspace, *args: bytes) -> Any:
        if isinstance(keys, LoggedKeyspace):
            keys.log.append((keys.now_us, name, args))
        return command(keys, *args)

    return run


@contextmanager
def logging_effects() -> Iterator[None]:
    """Let the commands that change a logged keyspace append to its log."""
    with patch.dict(COMMANDS, {name: _logged(name, COMMANDS[name]) for name in WRITES}):
        yield
