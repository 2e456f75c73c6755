"""The files of a journal: the SQLite file, its write-ahead log, and the log's index in shared memory.

They are looked at with stat(), which opens nothing: a handle of the file or the index that is opened and closed beside
SQLite's own drops the locks that SQLite holds for this process. SQLite holds none on the log.
Source: https://sqlite.org/howtocorrupt.html, "POSIX advisory locks canceled by a separate thread doing close()".
"""

import os
from pathlib import Path
from typing import NamedTuple

from redis_models.errors import JournalUnavailable

Identity = tuple[int, int]
"""Device and inode; zeros if there is no file."""


class Look(NamedTuple):
    """What stat() says of a path; zeros if there is no file. `size` is in bytes."""

    identity: Identity
    size: int
    mode: int


def look_at(path: Path) -> Look:
    """Return what is at the path; raises JournalUnavailable if that cannot be told."""
    try:
        found = os.stat(path)  # noqa: PTH116 (half the time of Path.stat, for each commit)
    except FileNotFoundError:
        return Look((0, 0), 0, 0)
    except OSError as error:
        raise JournalUnavailable("The journal's folder cannot be read.") from error
    return Look((found.st_dev, found.st_ino), found.st_size, found.st_mode)


def identity_of(path: Path) -> Identity:
    """Return the file's device and inode."""
    return look_at(path).identity


def log_of(file: Path) -> Path:
    """Return the file's write-ahead log."""
    return file.with_name(f"{file.name}-wal")


def index_of(file: Path) -> Path:
    """Return the index of the file's write-ahead log."""
    return file.with_name(f"{file.name}-shm")


def identities_of(file: Path) -> tuple[Identity, ...]:
    """Return which files are at the three paths of the journal."""
    return tuple(map(identity_of, (file, log_of(file), index_of(file))))
