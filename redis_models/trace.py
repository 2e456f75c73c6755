"""The trace: one line of JSON for each step of the protocol, so that a run can be checked against its model.

It is off unless AIRA_TRACE names a file. A line names the function that performs the step, as the model does, and says
what came of it; rows are named by their ids. Writes, users, emails and servers are digests, which only those who have
SECRET_KEY can compute.

All processes of a host append to one file. Lines about the journal are written inside the transaction that makes the
change, so their order is that of the transactions, and a later line says how the transaction ended.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from hashlib import blake2b
from itertools import count
from typing import Any, NamedTuple

from django.conf import settings

from redis_models.operations.write import Write

COMMITTED = "committed"
ROLLED_BACK = "rolled back"
TRANSACTION = "redis_models.journal.group_commit.GroupCommit.run"

_OFF = nullcontext()
_log = logging.getLogger(__name__)


class Origin(NamedTuple):
    """Which function asked for a change of the journal, and in which thread."""

    step: str
    by: str


class Transaction:
    """A transaction of this process; its lines carry `name`."""

    numbers = count(1)

    def __init__(self) -> None:
        self.name = f"{os.getpid()}-{next(self.numbers)}"
        self.has_lines = False


_transaction: ContextVar[Transaction | None] = ContextVar("transaction", default=None)
_origin: ContextVar[Origin | None] = ContextVar("origin", default=None)


def note(step: str, says: str = "", *, write: Write | None = None, **facts: Any) -> None:
    """Add a line if the trace is on; `facts` are ids of rows, numbers, and what `digest` returned."""
    if settings.AIRA_TRACE:
        about = {} if write is None else {"write": digest_of(write), "script": write.script}
        _add({"by": _this_thread(), "step": step, "says": says, **about, **facts})


def digest(text: str) -> str:
    """Return 12 hex digits for the text; an empty text, and any text while the trace is off, is empty."""
    if not text or not settings.AIRA_TRACE:
        return ""
    return blake2b(text.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=6).hexdigest()


def digest_of(write: Write) -> str:
    """Return the digest of a write; it is the same before the write is acknowledged and after."""
    return digest(repr((write.user_id, write.script, write.keys, write.args, write.at)))


def origin(change: Callable[..., Any]) -> Origin | None:
    """Return by which function and in which thread the change was made; None while the trace is off."""
    if not settings.AIRA_TRACE:
        return None
    return Origin(f"{change.__module__}.{change.__qualname__.partition('.<locals>')[0]}", _this_thread())


def performing(named: Origin | None) -> AbstractContextManager[None]:
    """Let lines about the journal's changes in the block name this origin."""
    return _OFF if named is None else _performing(named)


@contextmanager
def _performing(named: Origin) -> Iterator[None]:
    before = _origin.set(named)
    try:
        yield
    finally:
        _origin.reset(before)


def transaction() -> AbstractContextManager[None]:
    """Write the lines of the block as those of one transaction, and how it ended."""
    return _in_transaction() if settings.AIRA_TRACE else _OFF


@contextmanager
def _in_transaction() -> Iterator[None]:
    own, ended = Transaction(), ROLLED_BACK
    before = _transaction.set(own)
    try:
        yield
        ended = COMMITTED
    finally:
        _transaction.reset(before)
        if own.has_lines:
            note(TRANSACTION, ended, transaction=own.name)


def note_change(says: str, **facts: Any) -> None:
    """Add a line about a change of the journal; it names the origin and the transaction in which it is called."""
    step, by = _origin.get() or ("", _this_thread())
    own = _transaction.get()
    if own is not None:
        own.has_lines = True
    _add({"by": by, "step": step, "says": says, "transaction": own.name if own else "", **facts})


def _this_thread() -> str:
    return f"{os.getpid()}/{threading.get_ident()}"


def _add(line: dict[str, Any]) -> None:
    """Append the line in one call, so that lines of several processes do not mix; an error must not harm the site."""
    host = {"host": digest(str(settings.AIRA_DATA_DIR)), "at": time.time_ns() // 1_000_000}
    try:
        os.write(_file(str(settings.AIRA_TRACE)), (json.dumps(host | line) + "\n").encode())
    except OSError as error:
        _log.error("The trace cannot be written. reason=%s", error.strerror)


@cache
def _file(path: str) -> int:
    return os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o600)
