"""What errors of SQLite and of the disk mean: the journal's file is damaged, or its disk is full."""

import errno
import sqlite3

from redis_models.errors import JournalUnavailable

_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class JournalDamaged(JournalUnavailable):
    """The file is not what SQLite wrote."""


def is_of_damage(error: BaseException) -> bool:
    """Return whether SQLite says that the file is not what it wrote, or that its log is shorter."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in _CODES or code == sqlite3.SQLITE_IOERR_SHORT_READ


def is_of_full_disk(error: BaseException) -> bool:
    """Return whether the disk has no room for what SQLite or this process wanted to write."""
    code = getattr(error, "sqlite_errorcode", 0)
    is_full = code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
    return is_full or (isinstance(error, OSError) and error.errno == errno.ENOSPC)
