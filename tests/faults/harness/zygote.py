"""Cheap real processes: a parent that has imported everything forks a child for each job, which may kill itself.

`python -m tests.faults.harness.zygote` reads a JSON list of jobs from each line and answers with their exit codes.
"""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).resolve().parents[3]


def unmeasured() -> dict[str, str]:
    """Return this process's environment for a child whose coverage is not measured."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


def say(answer: object) -> None:
    """Send a line of JSON to the process that started this one."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Job:
    """The job of a child: it saves `count` operations from `first` on as a serving process, then waits for the drain.

    `log` is the file for its ledger. The child kills itself when it passes `point` for the `passes`-th time. With
    `stamps` the times of the operations come from the process's clock, which is `clock_ahead_ms` ahead. With
    `passwords` each operation changes the password of a person of its own instead.
    """

    url: str
    data_dir: str
    log: str
    first: int = 0
    count: int = 0
    drains: bool = True
    point: str = ""
    passes: int = 1
    stamps: bool = False
    clock_ahead_ms: int = 0
    passwords: bool = False


class Zygote:
    """The running parent process; use it as a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.harness.zygote"],
            cwd=ROOT,
            env=unmeasured(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )

    def run(self, *jobs: Job) -> list[int]:
        """Run the jobs at the same time, each in its own process; return the exit codes, negative for a signal."""
        self._process.stdin.write(json.dumps([asdict(job) for job in jobs]) + "\n")
        return json.loads(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)
        self._process.stdout.close()


def _main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aira_site.settings")
    django.setup()
    from tests.faults.harness.jobs import work

    for line in sys.stdin:
        children = [_forked(work, Job(**options)) for options in json.loads(line)]
        ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        say(ended)


def _forked(work: Callable[[Job], None], job: Job) -> int:
    child = os.fork()
    if child == 0:
        _live(work, job)
    return child


def _live(work: Callable[[Job], None], job: Job) -> None:
    status = 1
    try:
        work(job)
        status = 0
    except BaseException:  # noqa: BLE001 (the edge of the process)
        Path(job.log).with_suffix(".error").write_text(traceback.format_exc())
    finally:
        os._exit(status)


if __name__ == "__main__":
    _main()
