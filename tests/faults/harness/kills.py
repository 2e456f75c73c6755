"""Kills a process at a point, starts another one, drains, and compares; can be repeated."""

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.harness.jobs import THREADS
from tests.faults.harness.kill_points import WHILE_DRAINING, WHILE_REDIS_IS_AWAY
from tests.faults.harness.ledger import Verdict, read_ledger
from tests.faults.harness.storm import verdict_on
from tests.faults.harness.subjects import Aira
from tests.faults.harness.zygote import Job, Zygote
from tests.protocol.traces.checker import Checked
from tests.protocol.traces.hosts import assert_legal, tracing
from tests.protocol.traces.lines import fault
from tests.support.servers import Server

SAVES_TO_DRAIN = 40
MOST_PASSES = 25
SAVES_UNTIL_KILLED = THREADS * MOST_PASSES
"""One commit may contain one save of each thread."""
MOST_DRAINS = 20


class Killing:
    """Kills at one point with one server; each call of `once` compares the ledger after the restart."""

    def __init__(self, zygote: Zygote, server: Server, folder: Path, point: str) -> None:
        self.kills = 0
        self._zygote = zygote
        self._server = server
        self._folder = folder
        self._point = point
        self._random = random.Random(point)
        self._next = 0
        self._log = folder / "ledger"
        self._expect(0, self._save(1))

    def once(self) -> Verdict:
        """Kill a process at the point, start another one, and return the verdict on everything so far."""
        passes = self._random.randint(1, MOST_PASSES)
        if self._point in WHILE_DRAINING:
            self._expect(0, self._save(SAVES_TO_DRAIN, url=self._nowhere, drains=False))
            # If a proof comes too late, the drain ends normally and leaves the rows to the next one.
            killed = next(filter(None, (self._killed(point=self._point) for _ in range(MOST_DRAINS))), 0)
        else:
            url = self._nowhere if self._point in WHILE_REDIS_IS_AWAY else self._url
            with self._dying():
                killed = self._save(SAVES_UNTIL_KILLED, url=url, point=self._point, passes=passes)
        self._expect(-signal.SIGKILL, killed)
        self.kills += 1
        self._expect(0, self._job())
        return verdict_on(read_ledger(self._log), Aira(), self._server.client)

    def assert_legal(self) -> Checked:
        """Check the trace of all processes so far; raises IllegalStepsError."""
        return assert_legal(self._folder / "var")

    @contextmanager
    def _dying(self) -> Iterator[None]:
        """Note that a process of the host dies during the block."""
        with tracing(self._folder / "var"), fault("death"):
            yield

    def _killed(self, **options: object) -> int:
        with self._dying():
            return self._job(**options)

    @property
    def _url(self) -> str:
        return f"unix://{self._server.socket}"

    @property
    def _nowhere(self) -> str:
        return f"unix://{self._folder / 'nobody'}"

    def _save(self, saves: int, **options: object) -> int:
        first, self._next = self._next, self._next + saves
        return self._job(first=first, count=saves, **options)

    def _job(self, **options: object) -> int:
        chosen = {"url": self._url} | options
        return self._zygote.run(Job(data_dir=str(self._folder / "var"), log=str(self._log), **chosen))[0]

    def _expect(self, status: int, ended: int) -> None:
        errors = self._log.with_suffix(".error")
        assert ended == status, errors.read_text() if errors.exists() else f"{self._point}: ended with {ended}"
