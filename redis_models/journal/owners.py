"""Which process a row in flight belongs to, and whether that still runs."""

import os
from functools import cache
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@cache
def _boot() -> str:
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else "unknown"


def this_process() -> str:
    """Return the name of this process on this host: the host's start and the process id."""
    return f"{_boot()}/{os.getpid()}"


def is_gone(owner: str) -> bool:
    """Return whether the process has certainly ended: the host was started anew, or nothing has its id."""
    boot, _, pid = owner.rpartition("/")
    if boot != _boot() or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
