"""Ten minutes of saves while Redis goes away and comes back: no save is lost or doubled, and no resource grows."""

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from bench.machine import memory_mb, open_files
from bench.site import Site
from tests.faults.harness.ledger import Ledger, Operation, Verdict
from tests.faults.harness.storm import carry_out, verdict_on
from tests.faults.harness.subjects import Web
from tests.support.servers import Server
from tests.support.waiting import wait_until

CYCLE_S = 10.0
SAVES_A_SECOND = 100
USERS = 1000
THREADS = 16
SETTLED_AFTER = 0.2
"""The part of the run that is not measured: the first two of ten minutes."""


@dataclass(slots=True)
class Growth:
    """Samples of a worker's memory (MB) and open files, one per second."""

    memory: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)

    def sample(self, pid: int) -> None:
        self.memory.append(memory_mb(pid))
        self.files.append(open_files(pid))

    def early_and_late(self) -> tuple[float, float, int, int]:
        """Return the highest memory early and late, and the most open files early and late.

        Early is the first eighth of the samples after the worker settled, late the last eighth.
        """
        settled = round(len(self.memory) * SETTLED_AFTER)
        span = max(1, (len(self.memory) - settled) // 8)
        early, late = slice(settled, settled + span), slice(-span, None)
        return max(self.memory[early]), max(self.memory[late]), max(self.files[early]), max(self.files[late])

    @property
    def is_bounded(self) -> bool:
        memory_early, memory_late, files_early, files_late = self.early_and_late()
        return memory_late <= memory_early * 1.1 and files_late <= files_early


def flapping(seconds: float, advance: Callable[[], None]) -> tuple[Verdict, list[Growth]]:
    """Save at a steady pace for `seconds`; call `advance` every second."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder, "s.sock"), "--appendonly", "yes")
        server.start()
        try:
            with Site(f"unix://{server.socket}", Path(folder, "var")) as site:
                return _flapping(server, site, seconds, advance)
        finally:
            server.resume()
            server.stop()


def _flapping(server: Server, site: Site, seconds: float, advance: Callable[[], None]) -> tuple[Verdict, list[Growth]]:
    ledger, web, is_over = Ledger(), Web(site.port, key=site.key), threading.Event()
    saving = threading.Thread(target=carry_out, args=(web, _paced(is_over), ledger), kwargs={"threads": THREADS})
    outages = threading.Thread(target=_come_and_go, args=(server, is_over))
    saving.start()
    outages.start()
    growths = [Growth() for _ in site.workers]
    for _ in range(round(seconds)):
        time.sleep(1)
        for growth, pid in zip(growths, site.workers, strict=True):
            growth.sample(pid)
        advance()
    is_over.set()
    saving.join()
    outages.join()
    web.close()
    wait_until(lambda: _is_drained(site))
    return verdict_on(ledger, web, server.client), growths


def _paced(is_over: threading.Event) -> Iterator[Operation]:
    begun, number = time.monotonic(), 0
    while not is_over.is_set():
        time.sleep(max(0.0, begun + number / SAVES_A_SECOND - time.monotonic()))
        yield Operation(number, USERS)
        number += 1


def _come_and_go(server: Server, is_over: threading.Event) -> None:
    """Keep the server up for half of each cycle; in the other half it is killed or paused, in turn."""
    for leaves, comes in cycle([(server.stop, server.start), (server.pause, server.resume)]):
        if is_over.wait(CYCLE_S / 2):
            return
        leaves()
        is_over.wait(CYCLE_S / 2)
        comes()


def _is_drained(site: Site) -> bool:
    state = json.loads(site.get("/ready") or b"{}")
    return bool(state.get("redisHealthy")) and state["journal"]["pending"] == 0
