"""Opening the journal's SQLite file. A damaged file is kept aside, and its whole rows are brought back."""

import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from redis_models.journal.damage.aside import copy_log, mark_read, move_aside, move_harmed, unread
from redis_models.journal.damage.files import Identity, identities_of, log_of, look_at
from redis_models.journal.damage.log import commits_behind
from redis_models.journal.damage.salvage import GivenUp, Salvaged, bring_back, count_missing, found_in
from redis_models.journal.damage.signs import JournalDamaged, is_of_damage
from redis_models.journal.file.reserve import log_pages
from redis_models.journal.file.watching import watch
from redis_models.journal.group_commit import LOCK_TIMEOUT_S
from redis_models.journal.tables import prepare, verify

FILE_NAME = "journal.sqlite3"

_log = logging.getLogger(__name__)


class Opened:
    """A connection that opens on first use in each process, and again after an error."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], path: Path | None) -> None:
        self._connect = connect
        self._path = path
        self._db: sqlite3.Connection | None = None
        self._pid = 0
        self.files: tuple[Identity, ...] = ()
        """Which file, log and index of the log are open."""

    def get(self) -> sqlite3.Connection:
        """Return the connection; opens it if needed."""
        if self._db is None or self._pid != os.getpid():
            self._db = self._connect()
            self._pid = os.getpid()
            self.files = identities_of(self._path) if self._path else ()
        return self._db

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        if self._db is not None:
            self._db.close()
        self._db = None


def in_memory() -> sqlite3.Connection:
    """Return a new journal in this process's memory."""
    db = _prepared(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False))
    watch(db)
    return db


def opened(directory: Path, *, is_verified: bool, former: GivenUp | None = None) -> sqlite3.Connection:
    """Open the journal of the folder, which is created if it is missing; raises JournalUnavailable and sqlite3.Error.

    A file that `is_verified` is not checked for damage again, which takes as long as reading it. Else the whole rows of
    files that are kept aside are brought back first, and those of the `former` file that this process had open.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / FILE_NAME
    # One process at a time: SQLite does not wait while another process switches the file to WAL.
    with locked(directory / "open.lock", fcntl.LOCK_EX):
        if former:
            move_harmed(path, former.files)
        db = _whole(path, is_verified=is_verified)
        with _closed_on_error(db):
            if not is_verified:
                _keep_broken_log(path, db)
                _bring_back_all(path, db, former)
            db.execute(f"PRAGMA wal_autocheckpoint = {log_pages(directory)}")
            # From here on, a transaction waits for other processes when it begins.
            db.execute("PRAGMA busy_timeout = 0")
            watch(db)
        return db


def _whole(path: Path, *, is_verified: bool) -> sqlite3.Connection:
    try:
        return _opened(path, is_verified=is_verified)
    except JournalDamaged as error:
        _log.error("%s It is kept aside.", error)
        move_aside(path)
        return _opened(path, is_verified=False)


def _keep_broken_log(path: Path, db: sqlite3.Connection) -> None:
    """Keep a copy of a log that SQLite could not read up to its end: what is behind the damage is overwritten next.

    That the log ends early for SQLite is seen from the number of frames that it copies into the file.
    """
    if not look_at(log_of(path)).size:
        return
    _, known, _ = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    (page_size,) = db.execute("PRAGMA page_size").fetchone()
    if known >= 0 and commits_behind(log_of(path).read_bytes(), page_size, known=known):
        _log.error("The journal's log is damaged. A copy is kept.")
        copy_log(path)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # or else the next process finds it again


def _bring_back_all(path: Path, db: sqlite3.Connection, former: GivenUp | None) -> None:
    """Bring back what is whole. A file that cannot be read now stays as it is, for the next time."""
    if former and former.found:
        _say(bring_back(db, former.found), "the files that were open")
    for kept in unread(path):
        try:
            found = found_in(kept)
        except OSError:
            _log.exception("A file that is kept aside cannot be read. file=%s", kept.name)
        else:
            _say(bring_back(db, found), mark_read(kept).name)
    if former:
        count_missing(db, former)


def _say(done: Salvaged, source: str) -> None:
    _log.error("Whole rows were brought back. from=%s rows=%d unreadable=%d", source, done.rows, done.unreadable)


def _opened(path: Path, *, is_verified: bool) -> sqlite3.Connection:
    if not look_at(path).size and look_at(log_of(path)).size:
        raise JournalDamaged("The journal's file is gone and its log is not.")  # SQLite would delete the log
    path.touch(mode=0o600)
    try:
        db = _prepared(sqlite3.connect(path, timeout=LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False))
        if not is_verified:
            with _closed_on_error(db):
                verify(db)
    except sqlite3.DatabaseError as error:
        # An error in our own SQL means that a table or column has another name.
        if is_of_damage(error) or error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
            raise JournalDamaged("The journal's file is damaged.") from error
        raise
    return db


def _prepared(db: sqlite3.Connection) -> sqlite3.Connection:
    # A damaged text must not stop those who read the rows beside it; its row is found damaged by the checksum.
    db.text_factory = partial(str, encoding="utf-8", errors="replace")
    with _closed_on_error(db):
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            db.execute(f"PRAGMA {pragma}")
        prepare(db)
    return db


@contextmanager
def _closed_on_error(db: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        db.close()
        raise


@contextmanager
def locked(path: Path, how: int) -> Iterator[None]:
    """Hold a lock of the folder's processes during the block; raises BlockingIOError with LOCK_NB, OSError."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)
