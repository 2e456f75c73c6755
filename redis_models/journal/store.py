"""The journal's SQLite file: open it, read it, and change it durably."""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from redis_models.budget import seconds_left
from redis_models.errors import JournalUnavailable
from redis_models.journal.group_commit import LOCK_TIMEOUT_S, GroupCommit, Request
from redis_models.journal.tables import prepare, verify

FILE_NAME = "journal.sqlite3"
_BUSY_PAUSE_S = 0.0005
_UNUSABLE = "The journal cannot be used; see its file's disk and permissions."


class _Connection:
    """A connection that opens on first use in each process, and again after an error."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._db: sqlite3.Connection | None = None
        self._pid = 0

    def get(self) -> sqlite3.Connection:
        if self._db is None or self._pid != os.getpid():
            self._db = self._connect()
            self._pid = os.getpid()
        return self._db

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db = None


class Store:
    """One SQLite file, shared by the processes of a host; without a directory, a database in this process's memory."""

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self._is_verified = False
        self._commits = GroupCommit(self._commit_batch)
        self.commit = self._commits.run
        self.commit_later = self._commits.later
        self.flush = self._commits.flush
        self._writer = _Connection(self._connect)
        self._reader = _Connection(self._connect) if directory else self._writer
        self._reading = threading.Lock() if directory else self._commits.turn

    def _commit_batch(self, batch: Sequence[Request]) -> None:
        with self._usable(self._writer) as db:
            _begin(db, "BEGIN IMMEDIATE")
            try:
                for request in batch:
                    request.run(db)
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection in a read transaction: all queries see the same state. Raises JournalUnavailable."""
        if not self._reading.acquire(timeout=seconds_left(LOCK_TIMEOUT_S)):
            raise JournalUnavailable("The journal is busy.")
        try:
            with self._usable(self._reader) as db:
                _begin(db, "BEGIN", "PRAGMA schema_version")
                try:
                    yield db
                finally:
                    db.execute("COMMIT")
        finally:
            self._reading.release()

    @contextmanager
    def _usable(self, connection: _Connection) -> Iterator[sqlite3.Connection]:
        try:
            yield connection.get()
        except (sqlite3.Error, OSError) as error:
            if self.directory is not None:
                connection.close()
            raise JournalUnavailable(_UNUSABLE) from error

    def _connect(self) -> sqlite3.Connection:
        if self.directory is None:
            return _prepared(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False))
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.directory / FILE_NAME
        path.touch(mode=0o600)
        # One process at a time: SQLite does not wait while another process switches the file to WAL.
        with _locked(self.directory / "open.lock", fcntl.LOCK_EX):
            db = _prepared(sqlite3.connect(path, timeout=LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False))
            self._verify_once(db)
            # From here on `_begin` waits for other processes.
            db.execute("PRAGMA busy_timeout = 0")
            return db

    def _verify_once(self, db: sqlite3.Connection) -> None:
        if self._is_verified:
            return
        try:
            verify(db)
        except (sqlite3.Error, JournalUnavailable):
            db.close()
            raise
        self._is_verified = True

    def wipe(self) -> bool:
        """Overwrite what deleted rows left in the write-ahead log; return False if the log is in use just now.

        Raises JournalUnavailable.
        """
        self.flush()
        with self._commits.turn, self._usable(self._writer) as db:
            is_busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not is_busy

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._commits.turn:
            self._writer.close()
        with self._reading:
            self._reader.close()

    @contextmanager
    def replay_turn(self) -> Iterator[bool]:
        """Yield whether this process may replay now: only one process of a host may, unless rows are in memory."""
        if self.directory is None:
            yield True
            return
        with ExitStack() as held:
            try:
                self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                held.enter_context(_locked(self.directory / "replay.lock", fcntl.LOCK_EX | fcntl.LOCK_NB))
                is_ours = True
            except BlockingIOError:
                is_ours = False
            except OSError as error:
                raise JournalUnavailable("The journal's folder cannot be written.") from error
            yield is_ours


def _prepared(db: sqlite3.Connection) -> sqlite3.Connection:
    # A damaged text must not stop those who read the rows beside it; the checksum finds its row.
    db.text_factory = partial(str, encoding="utf-8", errors="replace")
    try:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            db.execute(f"PRAGMA {pragma}")
        prepare(db)
    except (sqlite3.Error, JournalUnavailable):
        db.close()
        raise
    return db


def _begin(db: sqlite3.Connection, *statements: str) -> None:
    """Begin a transaction; wait for other processes in short steps (SQLite's own steps grow to 100 ms).

    BEGIN alone takes no lock, so a reader adds a statement that reads. In WAL mode, too, a reader is locked out while
    another process resets or recovers the write-ahead log. Source: https://sqlite.org/wal.html, "Sometimes Queries
    Return SQLITE_BUSY In WAL Mode".
    """
    deadline = time.monotonic() + seconds_left(LOCK_TIMEOUT_S)
    while True:
        try:
            for statement in statements:
                db.execute(statement)
        except sqlite3.OperationalError as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_BUSY_PAUSE_S)
        else:
            return


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)
