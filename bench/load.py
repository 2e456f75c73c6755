"""HTTP load on the site: 16 connections, each at a steady pace (open loop) or as fast as the site answers."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from typing import Self

from bench.site import Site
from bench.threads import Repeated
from tests.faults.harness.ledger import Operation

CONNECTIONS = 16
MANY = 2000
DASHBOARD, SAVE = "dashboard", "save"


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer. `due` is when its request was due (monotonic s); `took_s` counts from then."""

    what: str
    due: float
    took_s: float
    status: int

    @property
    def ended(self) -> float:
        return self.due + self.took_s


class Load:
    """Sends requests from many connections while the context is open; each reads the dashboard and saves in turn."""

    def __init__(
        self, site: Site, *, pause_s: float = 0.0, kinds: Sequence[str] = (DASHBOARD, SAVE), users: int = CONNECTIONS
    ) -> None:
        self.samples: list[Sample] = []
        self._site = site
        self._pause_s = pause_s
        self._kinds = kinds
        self._users = users
        self._numbers = count(time.time_ns() // 1000)
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(CONNECTIONS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, number: int) -> None:
        connection = HTTPConnection("127.0.0.1", self._site.port, timeout=30)
        due = time.monotonic() + self._pause_s * number / CONNECTIONS
        for turn in count(number):
            if self._is_over.wait(max(0.0, due - time.monotonic())):
                break
            what = self._kinds[turn % len(self._kinds)]
            begun = due if self._pause_s else time.monotonic()
            status = self._answered(connection, what)
            self.samples.append(Sample(what, begun, time.monotonic() - begun, status))
            due += self._pause_s
        connection.close()

    def _answered(self, connection: HTTPConnection, what: str) -> int:
        operation = Operation(next(self._numbers), self._users)
        headers = {"Authorization": f"Bearer {self._site.key}"}
        if what == DASHBOARD:
            connection.request("GET", f"/api/dashboard?userId={operation.user_id}", headers=headers)
        else:
            connection.request("POST", "/api/chat/save", save_body(operation), headers)
        response = connection.getresponse()
        response.read()
        return response.status


def save_body(operation: Operation) -> str:
    """Return the body of a save of ten messages to a new conversation."""
    messages = [
        {"id": f"{operation.message_id}-{turn}", "role": "user", "content": "I slept well and went for a walk",
         "timestamp": "2026-11-23T08:00:00.000Z"}
        for turn in range(10)
    ]  # fmt: skip
    return json.dumps({"userId": operation.user_id, "messages": messages})


class Watch(Repeated):
    """Polls a condition every 50 ms and records when it was true and when it was false."""

    def __init__(self, fact: Callable[[], bool]) -> None:
        super().__init__(interval_s=0.05)
        self.seen: list[tuple[float, bool]] = []
        self._fact = fact

    def step(self) -> None:
        """Poll once."""
        now = time.monotonic()
        self.seen.append((now, self._fact()))

    def last(self, *, value: bool, after: float, before: float = float("inf")) -> float:
        """Return how long after `after` the condition was last seen with that value, in s; 0 if never."""
        return max((at - after for at, seen in self.seen if after <= at < before and seen is value), default=0.0)


def percentile(samples: Iterable[Sample], what: str, part: float) -> float:
    """Return the quantile `part` (0 to 1) of the durations of `what`, in ms."""
    return quantile_ms((sample.took_s for sample in samples if sample.what == what), part)


def quantile_ms(took_s: Iterable[float], part: float) -> float:
    """Return the quantile `part` (0 to 1) of the durations (s), in ms."""
    ordered = sorted(took_s)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000
