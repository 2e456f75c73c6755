"""Notice that the journal's files were truncated, deleted or replaced while they are open, before a yes is said.

SQLite does not look: it goes on with the files that it has open, and what it commits there is lost with the process.
"""

import sqlite3
import stat
from collections.abc import Sequence
from pathlib import Path

from redis_models.errors import JournalUnavailable
from redis_models.journal.damage.files import Identity, index_of, log_of, look_at
from redis_models.journal.damage.log import HEADER, LogFollower
from redis_models.journal.damage.signs import is_of_damage

_READ_AND_WRITE = stat.S_IRUSR | stat.S_IWUSR


class FileChanged(JournalUnavailable):
    """The file is not as this process left it.

    If it or its log `is_gone` from the folder, what this process has open is whole.
    """

    def __init__(self, text: str, *, is_gone: bool) -> None:
        super().__init__(text)
        self.is_gone = is_gone


class FileGuard:
    """What a process knows of the files that it has open. Not thread-safe: used with the writer's turn."""

    def __init__(self, file: Path) -> None:
        self._file, self._log, self._index = file, log_of(file), index_of(file)
        self._begin(())

    def _begin(self, files: Sequence[Identity]) -> None:
        self._files = files
        self._size = self._known_as_whole = 0
        self._follower = LogFollower(self._log)

    def check_before(self, db: sqlite3.Connection, files: Sequence[Identity]) -> None:
        """Raise FileChanged if the `files` that are open (file, log, index) are not as this process has left them."""
        if files != self._files:
            self._begin(files)
        self._check()
        self._check_last_frame(db)

    def check_after(self) -> None:
        """Raise FileChanged if what this process has committed a moment ago cannot be read back from the files."""
        self._check()
        if self._follower.has_gap():
            raise _truncated()

    def _check(self) -> None:
        looks = look_at(self._file), look_at(self._log), look_at(self._index)
        if tuple(look.identity for look in looks) != self._files:
            raise FileChanged("A file of the journal was deleted or replaced while it was in use.", is_gone=True)
        if any(look.mode & _READ_AND_WRITE != _READ_AND_WRITE for look in looks):
            raise JournalUnavailable("The journal's file can no longer be read and written; give its permissions back.")
        file, log, _ = looks
        if file.size < self._size or self._follower.was_cut(log.size):
            raise _truncated()
        self._size = file.size

    def _check_last_frame(self, db: sqlite3.Connection) -> None:
        """Raise FileChanged if the log ends inside a frame that SQLite counts as written.

        A process that was killed while it wrote, or a full disk, leaves such a log too: SQLite tells them apart when
        it reads its log, which it does to copy it into the file.
        """
        size, frame = look_at(self._log).size, self._follower.frame_bytes
        if not frame or size in (0, self._known_as_whole) or (size - HEADER) % frame == 0:
            return
        try:
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.OperationalError as error:  # a disk that is full stops no write that needs no space
            if is_of_damage(error):
                raise _truncated() from error
        else:
            self._known_as_whole = size


def _truncated() -> FileChanged:
    return FileChanged("A file of the journal was truncated while it was in use.", is_gone=False)
