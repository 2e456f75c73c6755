"""Disk space that is kept for a full disk: even to remove a row, SQLite first writes to its log.

The log is copied into the file, and begun anew, before it is larger than the reserve. So with the reserve lent, a full
disk has room to copy the log into the file, and then to write as much log again.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

LOG_PAGES = 1000
"""After so many pages SQLite copies the log into the file; it is SQLite's default."""
_PAGE_BYTES = 4096 + 24
_SHARE = 4
"""A small disk is reserved by no more than this part (a quarter)."""
FILE_NAME = "journal-reserve"


def log_pages(directory: Path) -> int:
    """Return how many pages the log may have before it is copied into the file; raises OSError."""
    disk = os.statvfs(directory)
    return max(1, min(LOG_PAGES, disk.f_blocks * disk.f_frsize // _SHARE // _PAGE_BYTES))


class Reserve:
    """A file without content beside the journal. It is best effort: what a disk does not have is not reserved."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / FILE_NAME

    def take(self) -> None:
        """Reserve the space, or half or a quarter of it if there is no more; does nothing if it is reserved or lent."""
        with suppress(OSError), self._locked() as handle:
            _reserve(handle, log_pages(self._directory) * _PAGE_BYTES)

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Give the space back during the block; no process takes it meanwhile."""
        with ExitStack() as held:
            held.callback(self.take)
            with suppress(OSError):
                os.ftruncate(held.enter_context(self._locked()), 0)
            yield

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Yield a handle of the file, locked; raises OSError if another process has locked it."""
        handle = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield handle
        finally:
            os.close(handle)


def _reserve(handle: int, whole: int) -> None:
    for size in (whole, whole // 2, whole // 4):
        if os.fstat(handle).st_size >= size:
            return
        try:
            os.posix_fallocate(handle, 0, size)
        except OSError:
            os.ftruncate(handle, 0)
        else:
            return
