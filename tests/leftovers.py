"""A process that outlives a test process, however that ends, and then ends its servers and removes its folder.

`python tests/leftovers.py FOLDER` reads process ids, each with the process's start time, until its input ends. Imports
nothing of the project, because it starts with each test process.
"""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path


class Watcher:
    """The running process. It is in a session of its own, so what kills the test process's group spares it."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-S", __file__, str(folder)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, **quiet)

    def note(self, pid: int) -> None:
        """Let it end this process, if it is still running then."""
        os.write(self._process.stdin.fileno(), f"{pid} {start_of(pid)}\n".encode())


def start_of(pid: int) -> str:
    """Return when a process started, in ticks: another process may get its id later. Empty if there is none."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""


def end(pid: int) -> None:
    """Kill the process, and its group if it leads one, as a site's supervisor does."""
    with suppress(OSError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)


def main(folder: str) -> None:
    """Wait for the end of the input, then clean up."""
    for pid, start in [line.split(" ") for line in sys.stdin.read().splitlines()]:
        if start and start_of(int(pid)) == start:
            end(int(pid))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
