"""What replaces the modules time, threading, secrets, socket and sqlite3 in the program while a world runs.

The program itself stays as it is: each of its modules that has imported one of these sees the simulated one.
"""

import random
import secrets
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

from accounts.privacy import erasure
from redis_models.connection import bounded
from redis_models.health import host_clock
from redis_models.journal import owners
from tests.protocol.simulation.world import network
from tests.protocol.simulation.world.baton import Lock, baton
from tests.protocol.simulation.world.deployment import EPOCH_S
from tests.protocol.simulation.world.threads import Future, Thread

PACKAGES = ("redis_models", "accounts", "chat", "dashboard", "api", "texts")
DEADLINES = {
    "redis_models.health.monitor": {"PROBE_TIMEOUT_S": 0.3, "LOOK_BUDGET_S": 0.5},
    "redis_models.background.housekeeping": {"SNAPSHOTS_BUDGET_S": 2.0},
    "redis_models.connection.link": {"FENCE_TIMEOUT_MS": 2000, "OPERATION_BUDGET_S": 5.0},
    "redis_models.journal.group_commit": {"LOCK_TIMEOUT_S": 2.0},
    "redis_models.journal.store": {"LOCK_TIMEOUT_S": 2.0},
    "accounts.privacy.erasure": {"LOOK_EVERY_S": 1.0},
    "redis_models.background.erasures": {"PAUSE_S": 0.5},
}
"""The program's own time-outs, which other tests multiply; how often hosts look for erasures, and for other hosts."""


def _ahead_s() -> float:
    """Return by how much the clock of the current process's host is ahead."""
    process = baton().current.process
    return process.host.ahead_s if process is not None else 0.0


def _monotonic_ns() -> int:
    return round((baton().now + _ahead_s()) * 1_000_000_000) + 1_000_000_000_000


def _time_ns() -> int:
    return round((EPOCH_S + baton().now + _ahead_s()) * 1_000_000_000)


class SimulatedFile(sqlite3.Connection):
    """A connection to a real file. Other threads may go on, and the process may die, before and after a transaction.

    Within one they may not: a process that dies there has changed nothing, as if it had died before.
    """

    is_writing = False

    def execute(self, statement: str, *args: Any) -> sqlite3.Cursor:
        """Run the statement."""
        if statement == "BEGIN IMMEDIATE":
            baton().switch()
            self.is_writing = True
        cursor = super().execute(statement, *args)
        if statement == "COMMIT" and self.is_writing:
            self.is_writing = False
            baton().switch()
        return cursor


def _connect(*args: Any, **options: Any) -> sqlite3.Connection:
    return sqlite3.connect(*args, factory=SimulatedFile, **options)


def _stand_ins(dice: random.Random) -> dict[ModuleType, SimpleNamespace]:
    """Return the simulated module for each real one."""

    def token(size: int) -> str:
        return f"{dice.getrandbits(8 * size):0{2 * size}x}"

    now = {
        "time": lambda: _time_ns() / 1e9,
        "time_ns": _time_ns,
        "monotonic": lambda: _monotonic_ns() / 1e9,
        "monotonic_ns": _monotonic_ns,
        "sleep": lambda seconds: baton().sleep(seconds),
    }
    return {
        time: SimpleNamespace(**now),
        threading: SimpleNamespace(**vars(threading) | {"Lock": Lock, "Thread": Thread}),
        secrets: SimpleNamespace(token_hex=token, token_urlsafe=token),
        sqlite3: SimpleNamespace(**vars(sqlite3) | {"connect": _connect}),
    }


@cache
def _uses() -> tuple[tuple[ModuleType, str, ModuleType], ...]:
    """Return each module of the program that has imported one of the real modules, and the name it has there."""
    ours = [module for name, module in sorted(sys.modules.items()) if name.partition(".")[0] in PACKAGES]
    return tuple(
        (module, name, value)
        for module in ours
        for name, value in vars(module).items()
        if isinstance(value, ModuleType) and value in (time, threading, secrets, sqlite3)
    )


@contextmanager
def standing_in(dice: random.Random) -> Iterator[None]:
    """Let the program see the simulated modules during the block."""
    stand_ins = _stand_ins(dice)
    socket_module = SimpleNamespace(**network.of_module())
    with ExitStack() as patched:
        for module, name, real in _uses():
            patched.enter_context(patch.object(module, name, stand_ins[real]))
        for name, values in DEADLINES.items():
            patched.enter_context(patch.multiple(name, **values))
        others: tuple[tuple[Any, str, Any], ...] = (
            (sys.modules["redis.connection"], "socket", socket_module),
            (sys.modules["redis.retry"], "sleep", lambda seconds: baton().sleep(seconds)),
            (bounded, "socket", socket_module),
            (erasure, "Future", Future),
            (host_clock, "BEGAN_NS", EPOCH_S * 1_000_000_000 - 1_000_000_000_000),
            (owners, "this_process", lambda: baton().current.process.name),
            (owners, "is_gone", _is_gone),
        )
        for target, name, value in others:
            patched.enter_context(patch.object(target, name, value))
        yield


def _is_gone(owner: str) -> bool:
    """Return whether the process has ended."""
    return owner not in baton().current.process.host.running
