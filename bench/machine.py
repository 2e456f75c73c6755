"""The properties of the machine that affect results, and the resources of a process. Names no host and no path."""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from redis_models.embedded.server import server_binary

_LIBRARIES = ("django", "redis", "granian", "lupa")


def described() -> str:
    """Return one line: cores, memory, kernel, and the versions of the measured software."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"{os.cpu_count()} cores, {memory_gb:.0f} GB, Linux {platform.release()}; "
        f"Python {sys.version.split()[0]}, {_server_version()}, {libraries}"
    )


def _server_version() -> str:
    said = subprocess.run([str(server_binary()), "--version"], capture_output=True, text=True, check=True).stdout
    name, *facts = said.split()
    number = next((fact.removeprefix("v=") for fact in facts if fact.startswith("v=")), "")
    return f"{name} {number}"


def memory_mb(pid: int) -> float:
    """Return the resident memory of the process, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def open_files(pid: int) -> int:
    """Return the number of open files and sockets of the process."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def cpu_s(pid: int) -> float:
    """Return the processor time that the process has used so far, in s."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """Return the running children of the process."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found
