"""A life: hosts, servers, callers and faults that a seed has chosen, from a quiet start to a drained end.

The same seed gives the same life, to the byte. Whatever the faults were, everything that was acknowledged must be there
once at the end.
"""

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from unittest.mock import patch

from django.conf import settings
from django.test.utils import override_settings

from accounts.privacy import erasure
from redis_models.background import housekeeping
from redis_models.connection import bounded
from redis_models.offline.local_redis.interpreter import interpreter
from redis_models.testing import acting_as
from tests.protocol.history.checker import Complaint, judge
from tests.protocol.history.history import History
from tests.protocol.simulation import faults
from tests.protocol.simulation.callers import OFTEN_ASKED, Request, carry_out, requests
from tests.protocol.simulation.findings import Texts, record_findings
from tests.protocol.simulation.world.baton import Baton, run_with
from tests.protocol.simulation.world.deployment import Deployment
from tests.protocol.simulation.world.keyspace import logging_effects
from tests.protocol.simulation.world.machine import Machine, Process, on_turn
from tests.protocol.simulation.world.network import Network, SimulatedSocket
from tests.protocol.simulation.world.stand_ins import standing_in

CALM_S, ACTION_S, PATIENCE_S, LOOK_EVERY_S = 1.0, 5.0, 120.0, 0.7
DRAINED_AFTER_S = 8.0
"""A server that proves nothing has all rows again so long after a fault, by its next drain, however that is put off."""
CALLERS = 2
"""Callers of a host at the same time."""
POLICY = {
    "AIRA_JOURNAL": "ahead",
    "AIRA_REDIS_TIMEOUT_S": 1.0,
    "AIRA_REDIS_RETRIES": 3,
    "AIRA_REDIS_RETRY_DELAY_MS": 500,
    "AIRA_REQUEST_BUDGET_S": 2.5,
}


@dataclass(frozen=True, slots=True)
class Ended:
    """A life that has ended: its story, its history, and what is wrong."""

    seed: int
    story: tuple[str, ...]
    history: History
    complaints: tuple[Complaint, ...]
    acknowledged: int

    @property
    def text(self) -> str:
        """Return the story, and how it ended."""
        ends = [f"{each.kind}: {each.text}" for each in self.complaints] or ["Nothing is lost, and nothing is doubled."]
        return "\n".join((*self.story, f"{self.acknowledged} acknowledged.", *ends, ""))


class Life:
    """One life; `run` lives it."""

    def __init__(self, seed: int, folder: Path, quiet_fd: int) -> None:
        self.dice = Random(seed)
        self.story: list[str] = []
        self.history = History()
        self.complaints: list[Complaint] = []
        self.baton = Baton(Random(self.dice.random()), on_turn=on_turn)
        self.is_provable = self.dice.random() >= 0.1
        replicas = self.dice.choice((0, 1, 2, 2)) if self.is_provable else 0
        self.deployment = Deployment(self.baton, replicas=replicas, has_disk=self.is_provable)
        self.network = SimulatedSocket.network = Network(self.baton, self.deployment, self.tell, quiet_fd)
        self.faults = faults.chosen(self.dice, replicas=replicas)
        self.machines = [self._machine(folder, name) for name in ("ab" if self.is_provable else "a")]
        self.kinds = [*OFTEN_ASKED, *["erase"] * self.dice.choice((0, 1, 3))]
        self.requests = {
            each.name: requests(self.dice, each.name, self.kinds, first=1000 * number)
            for number, each in enumerate(self.machines, 1)
        }
        self.processes: list[Process] = []
        self.workers = self.dice.choice((1, 1, 2))
        self.all_over = 0.0

    def _machine(self, folder: Path, name: str) -> Machine:
        variable = "REDIS_URL" if self.is_provable else "AIRA_DATA_DIR"
        return Machine(name, folder / name, self.dice.choice((0.0, 0.0, -300.0, 300.0)), variable)

    def tell(self, text: str) -> None:
        """Add a line to the story."""
        self.story.append(f"{self.baton.now:8.3f} s  {text}")

    def run(self) -> None:
        """Live the life, and end its processes."""
        for machine in self.machines:
            about = f"its processes: {self.workers}; its clock is {machine.ahead_s:+.0f} s from the servers'"
            self.tell(f"host {machine.name} starts; {about}")
            for _ in range(self.workers):
                self._start(machine)
        self._background()
        # The first drain of a host has to see all replicas.
        if faults.may_cut(self.faults):
            self.baton.sleep(CALM_S)
            self.deployment.settle()
        self._arrange_faults()
        while self.baton.now < self.all_over + PATIENCE_S and not (self.baton.errors or self._is_over()):
            self.baton.sleep(LOOK_EVERY_S)
        for process in list(self.processes):
            self._inspect(process)
        if not self._is_erased():
            self.complaints.append(Complaint("waiting", "an erasure is not finished, or a host has not confirmed it"))
        for process in {each.host.name: each for each in self.processes}.values():
            with self._inside(process):
                process.record_kept(self.history)
        for process in list(self.processes):
            self._end(process)
        record_findings(self.history, self.deployment.primary.keyspace)
        self.complaints += [Complaint("broken", f"{type(each).__name__}: {each}") for each in self.baton.errors]

    def _background(self) -> None:
        self.deployment.background()
        self.baton.at(self.baton.now + self.baton.random.uniform(0.02, 0.3), self._background)

    def _start(self, machine: Machine) -> None:
        process = Process(self.baton, machine)
        self.processes.append(process)
        process.on_death = partial(self._died, process)
        process.start([partial(self._call, process)] * (CALLERS // self.workers))

    def _died(self, process: Process) -> None:
        self.tell(f"{process.name} is killed")
        self.network.close_all_of(process)
        self.processes.remove(process)
        self.baton.at(self.baton.now + self.dice.uniform(0.05, 1.0), partial(self._restart, process))

    def _restart(self, process: Process) -> None:
        if self.baton.has_tasks_of(process):
            self.baton.at(self.baton.now + 0.01, partial(self._restart, process))
            return
        self._clean_up(process)
        self.tell(f"host {process.host.name} starts a process again")
        self._start(process.host)

    def _call(self, process: Process) -> None:
        """Be a caller, who asks again once if it is not certain that a save was stored."""
        waiting = self.requests[process.host.name]
        while waiting:
            self.baton.sleep(self.baton.random.uniform(0.0, 1.6))
            if waiting:
                self._ask(process, waiting.pop(0))

    def _ask(self, process: Process, request: Request, *, is_again: bool = False) -> None:
        self.tell(f"{process.name}: {request}{', again' if is_again else ''}")
        answer = carry_out(request, self.history)
        self.tell(f"{process.name}: {request}: {answer}")
        if answer.startswith("unsure") and request.kind == "save" and not is_again:
            self._ask(process, request, is_again=True)

    def _arrange_faults(self) -> None:
        for fault in self.faults:
            begins = self.baton.now + self.dice.uniform(0.0, ACTION_S * 0.8)
            ends = begins + self.dice.uniform(*fault.lasts_s)
            self.all_over = max(self.all_over, ends)
            self.baton.at(begins, partial(self._befall, fault, ends))

    def _befall(self, fault: faults.Fault, ends: float) -> None:
        undo = fault.begin(self, self.dice)
        if undo is not None:
            self.tell(f"{fault.name} ({self.deployment.primary.name} is the primary)")
            self.baton.at(ends, partial(self._relieve, fault, undo))

    def _relieve(self, fault: faults.Fault, undo: faults.Undo) -> None:
        self.tell(f"over: {fault.name}")
        undo()

    def _is_over(self) -> bool:
        """Return whether the faults are over, all is answered and erased, and all rows have left the journals."""
        is_asking = any(self.requests.values()) or any(" caller " in name for name in self.baton.names)
        quiet_from = self.all_over + (0.0 if self.is_provable else DRAINED_AFTER_S)
        if self.baton.now <= quiet_from or is_asking or len(self.processes) < self.workers * len(self.machines):
            return False
        return all(map(self._is_drained, self.processes)) and self._is_erased()

    def _is_erased(self) -> bool:
        """Return whether no erasure is unfinished, and all hosts have confirmed them."""
        texts = Texts(self.deployment.primary.keyspace)
        announced, confirmed = (texts.scores(f"aira:{name}").values() for name in ("erasures", "hosts"))
        if texts.hash("aira:erasures:unfinished"):
            return False
        return not announced or (len(confirmed) == len(self.machines) and min(confirmed) > max(announced))

    def _is_drained(self, process: Process) -> bool:
        with self._inside(process):
            return process.is_drained(is_provable=self.is_provable)

    def _inspect(self, process: Process) -> None:
        with self._inside(process):
            self.complaints += process.complaints(is_provable=self.is_provable)

    @contextmanager
    def _inside(self, process: Process) -> Iterator[None]:
        process.take_turn()
        with acting_as(process.state):
            yield

    def _end(self, process: Process) -> None:
        self.processes.remove(process)
        self.baton.kill(process)
        self._clean_up(process)

    def _clean_up(self, process: Process) -> None:
        process.take_turn()
        process.clean_up()


def live(seed: int) -> Ended:
    """Live the life of this seed."""
    interpreter()  # made outside, because it outlives the world
    memory = Path("/dev/shm")  # the fastest disk, if there is one
    with ExitStack() as held:
        folder = held.enter_context(tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None))
        ends = os.pipe()
        for end in ends:
            held.callback(os.close, end)
        held.enter_context(override_settings(**POLICY, AIRA_DATA_DIR=settings.AIRA_DATA_DIR))
        held.enter_context(override_settings(REDIS_ENDPOINT=settings.REDIS_ENDPOINT))
        held.callback(setattr, bounded, "open_connections", bounded.open_connections)
        held.callback(logging.disable, logging.root.manager.disable)
        logging.disable(logging.CRITICAL)
        held.enter_context(patch.object(housekeeping, "also", [erasure.go_on]))
        held.enter_context(logging_effects())
        life = Life(seed, Path(folder), ends[0])
        run_with(life.baton)
        held.enter_context(standing_in(Random(seed)))
        life.run()
    judgement = judge(life.history.events)
    complaints = (*judgement.complaints, *life.complaints)
    return Ended(seed, tuple(life.story), life.history, complaints, judgement.acknowledged)
