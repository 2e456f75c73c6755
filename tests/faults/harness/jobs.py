"""The job of a child of the zygote, and the ledger file that it leaves."""

import os
import time
from pathlib import Path

from redis_models.health import clock
from tests.faults.harness.kill_points import arm
from tests.faults.harness.ledger import Ledger, Operation
from tests.faults.harness.storm import carry_out, serving, wait_until_drained
from tests.faults.harness.subjects import Aira, Stamping
from tests.faults.harness.zygote import Job

THREADS = 4


class WrittenLedger(Ledger):
    """A ledger written to a file line by line; it survives its process."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def begin(self, operation: Operation) -> None:
        os.write(self._file, b"begun %d\n" % operation.number)

    def acknowledge(self, operation: Operation) -> None:
        os.write(self._file, b"acknowledged %d\n" % operation.number)

    def refuse(self, error: Exception) -> None:
        os.write(self._file, b"refused %s\n" % type(error).__name__.encode())

    def record_error(self, error: object) -> None:
        os.write(self._file, b"broken %s\n" % repr(error).encode())


def read_ledger(path: Path) -> Ledger:
    """Return the ledger that was written to this file."""
    ledger = Ledger()
    for line in path.read_text().splitlines() if path.exists() else ():
        what, _, rest = line.partition(" ")
        match what:
            case "begun":
                ledger.begin(Operation(int(rest)))
            case "acknowledged":
                ledger.acknowledge(Operation(int(rest)))
            case "refused":
                ledger.refused[rest] += 1
            case _:
                ledger.broken[rest] += 1
    return ledger


def work(job: Job) -> None:
    """Run the job in this process."""
    if job.clock_ahead_ms:
        _set_clock(job.clock_ahead_ms)
    if job.point:
        arm(job.point, passes=job.passes)
    with serving(job.url, Path(job.data_dir)):
        operations = map(Operation, range(job.first, job.first + job.count))
        carry_out(Stamping() if job.stamps else Aira(), operations, WrittenLedger(Path(job.log)), threads=THREADS)
        if job.drains:
            wait_until_drained()


def _set_clock(ahead_ms: int) -> None:
    now_ns, ahead_ns = time.time_ns, ahead_ms * 1_000_000
    time.time_ns = lambda: now_ns() + ahead_ns
    clock.BEGAN_NS += ahead_ns
