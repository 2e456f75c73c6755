"""Points at which a process can kill itself. Only children of the zygote do; they wrap functions in their process."""

import os
import signal
import sqlite3
from collections.abc import Callable
from itertools import count
from typing import Any

from redis_models.connection import Link
from redis_models.connection.bounded import BoundedConnection
from redis_models.connection.operation import current
from redis_models.journal.queue import Queue
from redis_models.journal.rows import Rows
from redis_models.replay.primary_drain import PrimaryDrain


class _Countdown:
    """Kills this process with SIGKILL when it passes by for the `passes`-th time."""

    def __init__(self, passes: int) -> None:
        self._passes = passes
        self._passed = count(1)

    def pass_by(self) -> None:
        if next(self._passed) >= self._passes:
            os.kill(os.getpid(), signal.SIGKILL)


def _always(*_: Any) -> bool:
    return True


def _is_a_save(*_: Any) -> bool:
    return current().name.startswith("chat.save")


def _before(owner: Any, name: str, counts: Callable[..., bool] = _always) -> Callable[[_Countdown], None]:
    def install(countdown: _Countdown) -> None:
        original = getattr(owner, name)

        def wrapped(*args: Any, **options: Any) -> Any:
            if counts(*args):
                countdown.pass_by()
            return original(*args, **options)

        setattr(owner, name, wrapped)

    return install


def _after(owner: Any, name: str, counts: Callable[..., bool] = _always) -> Callable[[_Countdown], None]:
    def install(countdown: _Countdown) -> None:
        original = getattr(owner, name)

        def wrapped(*args: Any, **options: Any) -> Any:
            result = original(*args, **options)
            if counts(*args):
                countdown.pass_by()
            return result

        setattr(owner, name, wrapped)

    return install


def _at_commit(moment: str) -> Callable[[_Countdown], None]:
    """Before or after the commit of a transaction that appends rows (in WAL mode with synchronous=FULL: the fsync)."""

    def install(countdown: _Countdown) -> None:
        class Connection(sqlite3.Connection):
            appends = False

            def execute(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
                is_commit = statement == "COMMIT" and self.appends
                self.appends = not is_commit and (self.appends or statement.startswith("INSERT INTO rows"))
                if is_commit and moment == "before":
                    countdown.pass_by()
                done = super().execute(statement, *parameters)
                if is_commit and moment == "after":
                    countdown.pass_by()
                return done

            def executemany(self, statement: str, parameters: Any) -> sqlite3.Cursor:
                self.appends = self.appends or statement.startswith("INSERT INTO rows")
                return super().executemany(statement, parameters)

        connect = sqlite3.connect
        sqlite3.connect = lambda *args, **options: connect(*args, factory=Connection, **options)

    return install


WHILE_SAVING = {
    "before append": _before(Rows, "begin"),
    "before commit": _at_commit("before"),
    "after commit": _at_commit("after"),
    "after append": _after(Rows, "begin"),
    "before send": _before(BoundedConnection, "send_packed_command", _is_a_save),
    "after send": _after(BoundedConnection, "send_packed_command", _is_a_save),
    "after reply": _after(BoundedConnection, "read_response", _is_a_save),
}
WHILE_REDIS_IS_AWAY = {
    "before it is kept": _before(Rows, "keep"),
    "after it was kept": _after(Rows, "keep"),
}
WHILE_DRAINING = {
    "before the rows are applied again": _before(PrimaryDrain, "apply"),
    "before the fence": _before(Link, "unconfirmed"),
    "after the fence": _after(Link, "unconfirmed"),
    "before the rows leave": _before(Queue, "settle"),
    "after the rows left": _after(Queue, "settle"),
}
POINTS = WHILE_SAVING | WHILE_REDIS_IS_AWAY | WHILE_DRAINING
WHILE_CHANGING_PASSWORDS = {
    "before the note": _before(Rows, "note_applied"),
    "after the note": _after(Rows, "note_applied"),
}
"""Points that only writes that may not wait pass."""


def arm(point: str, *, passes: int) -> None:
    """Kill this process when it passes the point for the `passes`-th time."""
    (POINTS | WHILE_CHANGING_PASSWORDS)[point](_Countdown(passes))
