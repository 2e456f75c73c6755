"""The machine, as far as figures depend on it, and what a process takes of it. Names no host and no path."""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from redis_models.embedded.server import server_binary

_LIBRARIES = ("django", "redis", "granian", "lupa")


def described() -> str:
    """Return one line: cores, memory, kernel, and the versions of what was measured."""
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
    """Return the process's resident memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def open_files(pid: int) -> int:
    """Return how many files and sockets the process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def cpu_s(pid: int) -> float:
    """Return the processor time the process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """Return the processes that this one started and that run."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found
