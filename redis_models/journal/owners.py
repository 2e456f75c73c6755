"""The process that owns an in-flight row, and whether it is still running."""

import os
from functools import cache
from pathlib import Path

BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")


@cache
def boot_id() -> str:
    """Return the id of the host's start, "unknown" if the host has none."""
    return BOOT_ID_FILE.read_text().strip() if BOOT_ID_FILE.exists() else "unknown"


def this_process() -> str:
    """Return the name of this process: the boot id of the host and the process id."""
    return f"{boot_id()}/{os.getpid()}"


def is_gone(owner: str) -> bool:
    """Return whether the process has certainly ended: the host was restarted, or no process has its id."""
    boot, _, pid = owner.rpartition("/")
    if boot != boot_id() or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
