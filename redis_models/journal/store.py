"""The journal's SQLite file: read it, and change it durably."""

import fcntl
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from redis_models import trace
from redis_models.budget import seconds_left
from redis_models.errors import JournalFull, JournalUnavailable
from redis_models.journal.damage.files import Identity
from redis_models.journal.damage.guard import FileChanged, FileGuard
from redis_models.journal.damage.salvage import GivenUp, given_up
from redis_models.journal.damage.signs import is_of_damage, is_of_full_disk
from redis_models.journal.file import opening
from redis_models.journal.file.opening import FILE_NAME, Opened, locked
from redis_models.journal.file.reserve import Reserve
from redis_models.journal.file.transactions import begin
from redis_models.journal.group_commit import LOCK_TIMEOUT_S, GroupCommit, Request

__all__ = ["FILE_NAME", "LOCK_TIMEOUT_S", "Store"]

T = TypeVar("T")
_UNUSABLE = "The journal cannot be used; see its file's disk and permissions."

_log = logging.getLogger(__name__)


class Store:
    """One SQLite file, shared by the processes of a host; without a directory, a database in this process's memory."""

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self._is_verified = False
        self._damaged: Sequence[Identity] = ()
        """A file that SQLite found damaged while it was in use, its log and the log's index."""
        self._former: GivenUp | None = None
        self._commits = GroupCommit(self._commit_batch)
        self.commit = self._commits.run
        self.commit_later = self._commits.later
        path = directory / FILE_NAME if directory else None
        self._guard = FileGuard(path) if path else None
        self._reserve = Reserve(directory) if directory else None
        self._writer = Opened(self._connect, path)
        self._reader = Opened(self._connect, path) if path else self._writer
        self._reading = threading.Lock() if directory else self._commits.turn

    def _commit_batch(self, batch: Sequence[Request]) -> None:
        """Commit all or none. If a file is damaged or was changed by others, its rows are brought back first."""
        try:
            self._commit_once(batch)
        except FileChanged as error:
            self._give_up_files(error)
            self._commit_once(batch)

    def _commit_once(self, batch: Sequence[Request]) -> None:
        with self._usable(self._writer) as db, self._watched(db), trace.transaction():
            begin(db, "BEGIN IMMEDIATE")
            try:
                for request in batch:
                    request.run(db)
            except BaseException:
                if db.in_transaction:  # of a full disk and of damage, SQLite has rolled back itself
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def remove(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Do `commit` for a change that removes more than it adds: on a full disk it may use the reserve."""
        try:
            return self.commit(change)
        except JournalFull:
            if self._reserve is None:
                raise
            with self._reserve.lent():
                self.wipe()
                try:
                    return self.commit(change)
                finally:
                    self.wipe()

    def flush(self) -> None:
        """Run all changes that wait for the next transaction, on a full disk with the reserve."""
        if self._commits.count:
            self.remove(lambda _: None)

    @contextmanager
    def _watched(self, db: sqlite3.Connection) -> Iterator[None]:
        """Raise FileChanged if the files are not those that are open, before the block or after it."""
        if self._guard is None:
            yield
            return
        if self._damaged:
            raise FileChanged("The journal's file is damaged.", is_gone=False)
        self._guard.check_before(db, self._writer.files)
        yield
        self._guard.check_after()

    def _give_up_files(self, error: FileChanged) -> None:
        """Close the files; when they are opened again, the rows of those that were open are brought back."""
        _log.error("%s", error)
        files = self._damaged or self._writer.files
        former = GivenUp(files)
        with suppress(JournalUnavailable), self._usable(self._writer) as db:
            former = given_up(files, db, are_gone=error.is_gone) if self._writer.files == files else former
        self._writer.close()
        with self._reading:
            self._reader.close()
            self._damaged, self._former, self._is_verified = (), former, False

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection in a read transaction: all queries see the same state. Raises JournalUnavailable."""
        if self._damaged:
            self.commit(lambda _: None)
        if not self._reading.acquire(timeout=seconds_left(LOCK_TIMEOUT_S)):
            raise JournalUnavailable("The journal is busy.")
        try:
            with self._usable(self._reader) as db:
                begin(db, "BEGIN", "PRAGMA schema_version")
                try:
                    yield db
                finally:
                    if db.in_transaction:
                        db.execute("COMMIT")
        finally:
            self._reading.release()

    @contextmanager
    def _usable(self, connection: Opened) -> Iterator[sqlite3.Connection]:
        try:
            yield connection.get()
        except (sqlite3.Error, OSError) as error:
            if self.directory is not None:
                connection.close()
            if is_of_damage(error) and connection.files:
                self._damaged = connection.files
                raise FileChanged(_UNUSABLE, is_gone=False) from error
            raise (JournalFull if is_of_full_disk(error) else JournalUnavailable)(_UNUSABLE) from error

    def _connect(self) -> sqlite3.Connection:
        if self.directory is None:
            return opening.in_memory()
        try:
            db = self._opened(self.directory)
        except (sqlite3.Error, OSError) as error:
            if self._reserve is None or not is_of_full_disk(error):
                raise
            with self._reserve.lent():
                db = self._opened(self.directory)
        self._former, self._is_verified = None, True
        return db

    def _opened(self, directory: Path) -> sqlite3.Connection:
        return opening.opened(directory, is_verified=self._is_verified, former=self._former)

    def reserve_space(self) -> None:
        """Reserve space, so that rows can leave a full disk; does nothing if it is reserved, or there is none."""
        if self._reserve:
            self._reserve.take()

    def wipe(self) -> bool:
        """Overwrite what deleted rows left in the write-ahead log; return False if the log is in use just now.

        Raises JournalUnavailable.
        """
        self._commits.flush()
        with self._commits.turn, self._usable(self._writer) as db, self._watched(db):
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
                held.enter_context(locked(self.directory / "replay.lock", fcntl.LOCK_EX | fcntl.LOCK_NB))
                is_ours = True
            except BlockingIOError:
                is_ours = False
            except OSError as error:
                raise JournalUnavailable("The journal's folder cannot be written.") from error
            yield is_ours
