"""Storms: saves that continue while servers are killed, one after the other."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, takewhile
from pathlib import Path

from redis_models.endpoint import Endpoint
from redis_models.schema import keys
from tests.faults.harness.erasing import erased_through_failovers
from tests.faults.harness.failovers import LaggingFailover
from tests.faults.harness.ledger import Ledger, Operation, Verdict
from tests.faults.harness.storm import carry_out, restart, serving_on, verdict_on, wait_until_drained
from tests.faults.harness.subjects import Aira
from tests.support.servers import Server
from tests.support.topologies import SentinelDeployment
from tests.support.waiting import wait_until

USERS = 2000
SAVES_TIMEOUT_S = 300


class Storm:
    """Saves that run in threads; `more` waits until that many more saves are acknowledged."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self._is_over = threading.Event()

    def more(self, saves: int) -> None:
        enough = len(self.ledger.acknowledged) + saves
        wait_until(lambda: len(self.ledger.acknowledged) >= enough, at_most_s=SAVES_TIMEOUT_S)

    def run(self) -> None:
        numbers = takewhile(lambda _: not self._is_over.is_set(), count())
        carry_out(Aira(), (Operation(number, USERS) for number in numbers), self.ledger)

    def end(self) -> None:
        self._is_over.set()


@contextmanager
def _storm(endpoint: Endpoint, data_dir: Path) -> Iterator[Storm]:
    """Save while the block runs; drain the journal afterwards."""
    storm = Storm()
    with serving_on(endpoint, data_dir):
        saving = threading.Thread(target=storm.run)
        saving.start()
        try:
            yield storm
        finally:
            storm.end()
            saving.join()
        wait_until_drained()


def killed_while_saving(server: Server, folder: Path, *, kills: int, between: int) -> Verdict:
    """Kill the server `kills` times, with `between` saves in between, and start it again at once."""
    endpoint = Endpoint(url=f"unix://{server.socket}", display="server", variable="REDIS_URL")
    with _storm(endpoint, folder / "var") as storm:
        for _ in range(kills):
            storm.more(between)
            restart(server)
        storm.more(between)
    return verdict_on(storm.ledger, Aira(), server.client)


def failed_over(folder: Path, *, count: int, saves_each: int, advance: Callable[[], None]) -> tuple[Verdict, list[int]]:
    """Fail over `count` times; return the verdict, and by how many bytes each promoted replica lagged."""
    deployment, lags = SentinelDeployment(), []
    deployment.start()
    try:
        with _storm(deployment.endpoint, folder / "var") as storm:
            for _ in range(count):
                storm.more(saves_each // 2)
                failover = LaggingFailover(deployment)
                failover.cut_off()
                storm.more(saves_each // 2)
                failover.promote()
                lags.append(failover.lag_bytes)
                advance()
            storm.more(saves_each // 2)
        return verdict_on(storm.ledger, Aira(), deployment.client), lags
    finally:
        deployment.stop()


def erasures_failed_over(folder: Path, *, count: int, advance: Callable[[], None]) -> list[str]:
    """Erase people in `count` fail-overs; return what was there again, or was told too early."""
    deployment = SentinelDeployment()
    deployment.start()
    try:
        with serving_on(deployment.endpoint, folder / "var"):
            wait_until(lambda: all(node.client.exists(keys.of_database()) for node in deployment.nodes))
            return erased_through_failovers(deployment, count=count, advance=advance)
    finally:
        deployment.stop()
