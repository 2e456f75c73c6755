"""The journal's SQLite file: opening it, its transactions, and whose turn it is to replay."""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from redis_models.budget import seconds_left
from redis_models.errors import JournalUnavailable

SCHEMA_VERSION = 1
LOCK_TIMEOUT_S = 2.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, claim TEXT NOT NULL, body BLOB NOT NULL,
    checksum BLOB NOT NULL, appended_ms INTEGER NOT NULL, set_aside TEXT
);
CREATE INDEX IF NOT EXISTS rows_by_user ON rows (user_id, id) WHERE set_aside IS NULL;
CREATE INDEX IF NOT EXISTS rows_by_claim ON rows (claim) WHERE set_aside IS NULL AND claim <> '';
CREATE TABLE IF NOT EXISTS snapshots (user_id TEXT PRIMARY KEY, taken_ms INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS snapshots_by_time ON snapshots (taken_ms);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """One SQLite file, shared by the processes of a host; with no directory it lives in this process's memory."""

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open a transaction that does not write; raises JournalUnavailable."""
        return self.transaction("BEGIN")

    @contextmanager
    def transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """Open a transaction: all of the block or nothing is kept, durably; raises JournalUnavailable."""
        if not self._lock.acquire(timeout=seconds_left(LOCK_TIMEOUT_S)):
            raise JournalUnavailable("The journal is busy.")
        try:
            db = self._open()
            db.execute(begin)
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._reopen_later()
            raise JournalUnavailable("The journal cannot be used; see its file's disk and permissions.") from error
        finally:
            self._lock.release()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._pid != os.getpid():
            self._connection = self._connect()
            self._pid = os.getpid()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        if self.directory is None:
            return _prepared(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False))
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.directory / "journal.sqlite3"
        path.touch(mode=0o600)
        # One process at a time: SQLite does not wait while another switches the file to WAL.
        with _locked(self.directory / "open.lock", fcntl.LOCK_EX):
            db = sqlite3.connect(path, timeout=LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False)
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                db.execute(f"PRAGMA {pragma}")
            return _prepared(db)

    def _reopen_later(self) -> None:
        if self.directory is not None:
            self.close()

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    @contextmanager
    def replay_turn(self) -> Iterator[bool]:
        """Yield whether this process may replay now: one does on a host (each its own rows in memory)."""
        if self.directory is None:
            yield True
            return
        with ExitStack() as held:
            try:
                held.enter_context(_locked(self.directory / "replay.lock", fcntl.LOCK_EX | fcntl.LOCK_NB))
                is_ours = True
            except BlockingIOError:
                is_ours = False
            except OSError as error:
                raise JournalUnavailable("The journal's folder cannot be written.") from error
            yield is_ours


def _prepared(db: sqlite3.Connection) -> sqlite3.Connection:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        db.close()
        raise JournalUnavailable(
            "The journal was written by a newer release; start that release, or move the file away."
        )
    db.executescript(_SCHEMA)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    return db


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)
