"""Simulated hosts and their processes: the program's monitor, housekeeping and requests, in threads of the world."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakSet

from django.conf import settings

from redis_models.background.housekeeping import housekeep_once
from redis_models.connection import ONLY, bounded
from redis_models.connection.client import deployment
from redis_models.connection.factory import BoundedConnectionFactory
from redis_models.endpoint import Endpoint
from redis_models.errors import RedisModelError
from redis_models.health import monitor, registry
from redis_models.host import Host
from redis_models.journal import close_all, journal
from redis_models.offline.shadow import Shadow
from redis_models.operations.write import NOBODY
from redis_models.replay import adoption
from redis_models.schema.parts import parts_of
from redis_models.testing import acting_as
from tests.protocol.history.checker import Complaint
from tests.protocol.history.history import History
from tests.protocol.simulation.findings import record_kept
from tests.protocol.simulation.world.baton import Baton, Task

PROBE_EVERY_S, HOUSEKEEP_EVERY_S, OPERATE_EVERY_S = 0.6, 0.4, 2.0


@dataclass(eq=False)
class Machine:
    """A host: a data dir that its processes share, and a clock that may be wrong. `running` are their names."""

    name: str
    folder: Path
    ahead_s: float
    variable: str
    running: set[str] = field(default_factory=set)
    starts: int = 0


class Process:
    """A serving process of a host. It dies when `fuse` switches have passed, and does nothing while it is frozen."""

    def __init__(self, baton: Baton, host: Machine) -> None:
        host.starts += 1
        self.host = host
        self.name = f"{host.name}.{host.starts}"
        self.fuse: int | None = None
        self.frozen_until = 0.0
        self.on_death: Callable[[], object] = bool
        self._baton = baton
        self.state = Host()
        self._endpoint = Endpoint(url="unix:///simulated", display=self.name, variable=host.variable)
        self._connections: WeakSet[Any] = WeakSet()
        host.running.add(self.name)

    def take_turn(self) -> None:
        """Make this the process in which the program finds itself."""
        settings.AIRA_DATA_DIR, settings.REDIS_ENDPOINT = self.host.folder, self._endpoint
        bounded.open_connections = self._connections

    def on_switch(self) -> None:
        """Burn the fuse, if there is one."""
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse <= 0:
                self.die()

    def die(self) -> None:
        """Kill the process at this moment."""
        self.fuse = None
        self.host.running.discard(self.name)
        self.on_death()
        self._baton.kill(self)

    def start(self, callers: Sequence[Callable[[], object]]) -> None:
        """Start the threads of a serving process, and its callers, who are heard once the first probe has ended."""
        self.run("monitor", partial(self._watch, callers))

    def _watch(self, callers: Sequence[Callable[[], object]]) -> None:
        monitor.watch_once()
        registry.set_monitored(is_running=True)
        self.run("housekeeping", lambda: self._forever(housekeep_once, HOUSEKEEP_EVERY_S))
        if self.host.variable == "AIRA_DATA_DIR":  # a server that proves nothing: it may restart empty
            self.run("operator", lambda: self._forever(_adopt_if_emptied, OPERATE_EVERY_S))
        for number, call in enumerate(callers, 1):
            self.run(f"caller {number}", call)
        while True:
            self._baton.sleep(PROBE_EVERY_S)
            monitor.watch_once()

    def run(self, name: str, do: Callable[[], object]) -> None:
        """Run the function in a thread of this process."""

        def work() -> None:
            with acting_as(self.state):
                do()

        self._baton.start(f"{self.name} {name}", self, work)

    def _forever(self, step: Callable[[], object], every_s: float) -> None:
        while True:
            step()
            self._baton.sleep(every_s)

    def is_drained(self, *, is_provable: bool) -> bool:
        """Return whether no row waits, and none is unproven if the servers can prove anything."""
        status = journal().admin.status()
        return status.pending + status.in_flight + (status.applied if is_provable else 0) == 0

    def record_kept(self, history: History) -> None:
        """Record what the host would show of each user in an outage: snapshots, folds, and the rows on top."""
        kept = journal()
        for user_id in sorted(kept.erasure.users() - {NOBODY}):
            view = kept.snapshots.view(user_id)
            written = {part for row in kept.rows.by_id(view.shown) for part in parts_of(user_id, row.write.keys)}
            start = kept.folds.start(user_id, sorted({*view.taken_ms, *written}))
            record_kept(history, self.host.name, Shadow.made(start, except_row=None).redis.stored())

    def complaints(self, *, is_provable: bool) -> Iterator[Complaint]:
        """Yield what is wrong with the journal at the end."""
        if not self.is_drained(is_provable=is_provable):
            yield Complaint("waiting", f"rows still wait on host {self.host.name}: {journal().admin.status()}")
        for row in journal().admin.dead_letters():
            if row.reason != "conflict email":
                yield Complaint("dead letter", f"row {row.id} of host {self.host.name}: {row.reason}")

    def clean_up(self) -> None:
        """Close what a process leaves behind: the operating system does this."""
        with acting_as(self.state):
            close_all()
            probe = deployment().probe_client(ONLY, timeout_s=monitor.PROBE_TIMEOUT_S)
            probe.connection_pool.disconnect()
        for key in [key for key in BoundedConnectionFactory.pools if self._endpoint in key]:
            BoundedConnectionFactory.pools.pop(key).disconnect()


def _adopt_if_emptied() -> None:
    """Be the operator, who runs `journal adopt` after a loss."""
    with suppress(RedisModelError):
        if adoption.offer(journal()):
            adoption.adopt(journal())


def on_turn(task: Task) -> None:
    """Tell the program in which process it is."""
    if task.process is not None:
        task.process.take_turn()
