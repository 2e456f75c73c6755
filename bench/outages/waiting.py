"""What a save and a dashboard cost in an outage while many rows wait: in one process, over the whole of Django."""

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.test.utils import override_settings
from rest_framework.test import APIClient

from bench.machine import memory_mb
from bench.outages.figures import redis
from bench.report import Table, number
from chat.models import Message
from chat.services import save_conversation
from redis_models.health import monitor, registry
from redis_models.host import Host, name_for_process
from redis_models.journal import close_all, journal
from redis_models.journal.store import FILE_NAME
from redis_models.replay.drain import drain

ROWS = (25_000, 90_000)
PERSONS = (480, 20_000)
CALLS = 1000
CALLS_A_TURN = 20
THREADS = 8
MESSAGES = [
    Message(f"m{turn}", "user", "I slept well and went for a walk", "2026-11-23T08:00:00.000Z") for turn in range(10)
]
BODY = [{name: getattr(each, name) for name in ("id", "role", "content", "timestamp")} for each in MESSAGES]


@dataclass(frozen=True, slots=True)
class Place:
    """A host with a journal of its own."""

    folder: Path
    host: Host = field(default_factory=Host)

    @contextmanager
    def here(self) -> Iterator[None]:
        """Run the block as this host, while Redis is away."""
        with override_settings(AIRA_DATA_DIR=self.folder):
            before = name_for_process(self.host)
            try:
                _go_away()
                yield
            finally:
                name_for_process(before)


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU time of one save and of one dashboard (s), and what a save writes (KB)."""

    save_s: float
    written_kb: float
    dashboard_s: float


def waiting() -> list[Table]:
    """Measure with 25 000 and with 90 000 rows waiting, and with none."""
    with override_settings(AIRA_AUTH="trusted"):
        rows = [line for persons in PERSONS for count in ROWS for line in _lines(persons, count)]
    about = (
        "In one process, requests without HTTP, Redis away, random persons. The rows are saves of 10 messages to new "
        "conversations, made in the same way. Beside them, in turn: a host whose persons have nothing, and one whose "
        f"persons have the same data, but whose rows were drained. CPU time, means of {CALLS} calls; they take turns "
        f"every {CALLS_A_TURN} calls. Promised: 0.9 of the rate at none."
    )
    columns = ("persons", "rows waiting", "saves/s", "of those at none", "dashboards/s", "of those at none")
    return [Table("Many rows waiting", about, (*columns, "KB written a save", "MB"), rows)]


def _lines(persons: int, rows: int) -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory(dir=settings.AIRA_DATA_DIR.parent) as folder:
        places = [Place(Path(folder, name)) for name in ("none", "drained", "waiting")]
        _, drained, full = places
        with full.here():
            _fill(persons, rows)
            memory = memory_mb(os.getpid())
            drained.folder.mkdir()
            journal().admin.copy_to(drained.folder / FILE_NAME)
        with drained.here():
            rate = _drained()
        at_none, after, now = costs_of(places, persons, random.Random(1))
        yield _line(persons, "none, no data", at_none, at_none, "")
        yield _line(persons, f"none, same data ({number(rate)} rows/s of CPU time drained)", after, at_none, "")
        yield _line(persons, number(rows), now, at_none, number(memory))
        for place in places:
            with place.here():
                close_all()


def _drained() -> float:
    """Drain the journal to an empty server; return the rows a second of CPU time."""
    with redis() as server:
        server.client.flushall()
        for breaker in registry.breakers().values():
            breaker.is_monitored = False
        monitor.probe_once()
        begun, rows = time.process_time(), journal().admin.status().pending
        done = drain()
        assert done.fenced == rows, done
        return rows / (time.process_time() - begun)


def _line(persons: int, rows: str, cost: Cost, at_none: Cost, memory: str) -> list[str]:
    return [
        number(persons),
        rows,
        number(1 / cost.save_s),
        f"{at_none.save_s / cost.save_s:.2f}",
        number(1 / cost.dashboard_s),
        f"{at_none.dashboard_s / cost.dashboard_s:.2f}",
        f"{cost.written_kb:.1f}",
        memory,
    ]


def _go_away() -> None:
    for breaker in registry.breakers().values():
        breaker.is_monitored = True
        for _ in range(2):
            breaker.probe_missed("away")


def _fill(persons: int, rows: int) -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(_save, (f"u{number % persons}" for number in range(rows)), chunksize=100))


def _save(user_id: str) -> None:
    assert save_conversation(user_id=user_id, messages=MESSAGES).receipt.is_pending


def costs_of(places: Sequence[Place], persons: int, chance: random.Random) -> list[Cost]:
    """Return the mean cost at each place. They take turns in random order every 20 calls, so they share what else runs.

    The first calls of a turn are not counted: a change of settings makes them slower.
    """
    used = {place.folder: {_post: _Used(), _get: _Used()} for place in places}
    for _ in range(CALLS // CALLS_A_TURN):
        users = [f"u{chance.randrange(persons)}" for _ in range(CALLS_A_TURN)]
        for place in chance.sample(places, k=len(places)):
            with place.here():
                for call, of_call in used[place.folder].items():
                    call(users[0])
                    for user_id in users:
                        of_call.measure(call, user_id)
    return [
        Cost(of_place[_post].mean_s, of_place[_post].written_kb, of_place[_get].mean_s) for of_place in used.values()
    ]


def _post(user_id: str) -> None:
    body = {"userId": user_id, "messages": BODY}
    assert APIClient(SERVER_NAME="localhost").post("/api/chat/save", body, format="json").json()["pending"]


def _get(user_id: str) -> None:
    assert APIClient(SERVER_NAME="localhost").get(f"/api/dashboard?userId={user_id}").status_code == 200


@dataclass(slots=True)
class _Used:
    """The CPU time (s) and the bytes written of calls."""

    s: float = 0.0
    written: int = 0

    def measure(self, call: Callable[[str], None], user_id: str) -> None:
        """Add one call for this user."""
        begun, before = time.process_time(), _written()
        call(user_id)
        self.s += time.process_time() - begun
        self.written += _written() - before

    @property
    def mean_s(self) -> float:
        """Return the mean CPU time of a call (s)."""
        return self.s / CALLS

    @property
    def written_kb(self) -> float:
        """Return the KB that a call wrote on average."""
        return self.written / CALLS / 1024


def _written() -> int:
    """Return how many bytes the process has written to files."""
    counts = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counts["wchar"])
