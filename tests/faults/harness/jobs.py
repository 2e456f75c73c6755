"""The job of a child of the zygote, which leaves its ledger in a file."""

import time
from pathlib import Path

from redis_models.health import host_clock
from tests.faults.harness.kill_points import arm
from tests.faults.harness.ledger import Ledger, Operation
from tests.faults.harness.storm import carry_out, endpoint_of, running, wait_until_drained
from tests.faults.harness.subjects import Aira, PasswordChanges, Stamping, Subject
from tests.faults.harness.zygote import Job

THREADS = 4


def work(job: Job) -> None:
    """Run the job in this process."""
    if job.clock_ahead_ms:
        _set_clock(job.clock_ahead_ms)
    if job.point:
        arm(job.point, passes=job.passes)
    with running(endpoint_of(job.url), Path(job.data_dir)):
        operations = map(Operation, range(job.first, job.first + job.count))
        carry_out(_subject_of(job), operations, Ledger(Path(job.log)), threads=THREADS)
        if job.drains:
            wait_until_drained()


def _subject_of(job: Job) -> Subject:
    if job.passwords:
        return PasswordChanges()
    return Stamping() if job.stamps else Aira()


def _set_clock(ahead_ms: int) -> None:
    now_ns, ahead_ns = time.time_ns, ahead_ms * 1_000_000
    time.time_ns = lambda: now_ns() + ahead_ns
    host_clock.BEGAN_NS += ahead_ns
