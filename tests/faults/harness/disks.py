"""Failing disks: a full one, a read-only one, and one whose writes fail."""

import contextlib
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

SMALL, OF_4_MB, LARGER = "size=1m", "size=4m", "size=8m"
FILES_AT_MOST_BYTES = 200_000


def may_mount() -> bool:
    """Return whether this process may mount a file system."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], check=False).returncode == 0


needs_mount = pytest.mark.skipif(
    not may_mount(), reason="MOUNTS A SMALL DISK: run this test as root (in a container: with CAP_SYS_ADMIN)"
)


@contextlib.contextmanager
def small_disk(folder: Path, *, size: str = SMALL) -> Iterator[Path]:
    """Mount a disk at `folder`, of 1 MB unless another size is given."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> None:
    """Take all space that is left on the disk."""
    with pytest.raises(OSError, match="No space left"):
        shutil.copyfile("/dev/zero", disk / "of-others")


def remount(folder: Path, how: str, *, size: str = SMALL) -> None:
    """Make the disk read-only (`ro`) or writable (`rw`), and change its size."""
    subprocess.run(["mount", "-o", f"remount,{how},{size}", str(folder)], check=True)


@contextlib.contextmanager
def failing_writes() -> Iterator[None]:
    """Make this process's writes past the first 200 kB of a file fail; SQLite reports an I/O error.

    A device mapper is not available everywhere, so the kernel's limit on file sizes replaces a disk's EIO: write(2)
    fails at the same place, and Python ignores the signal that comes with it.
    """
    with _files_at_most(FILES_AT_MOST_BYTES):
        yield


def without_limit() -> AbstractContextManager[None]:
    """Lift the limit during the block, for processes that are started in it."""
    return _files_at_most(resource.RLIM_INFINITY)


@contextlib.contextmanager
def _files_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
