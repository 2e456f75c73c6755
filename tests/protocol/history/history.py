"""A history: what was asked, what was answered and shown, and what was found at the end, as JSON lines.

    {"event": "asked", "op": 7, "does": "add", "place": "u1/c2", "item": "m7", "at": 1795423341007, "by": "host a"}
    {"event": "answered", "op": 7, "answer": "yes"}
    {"event": "shown", "place": "u1/c2", "items": ["m7"]}
    {"event": "settled", "place": "email/ann@example.org", "by": "host a"}
    {"event": "found", "place": "u1/c2", "items": ["m7"]}
    {"event": "kept", "by": "host a", "place": "u1/c2", "items": ["m7"]}
    {"event": "counted", "what": "messages of u1/c2", "says": 1, "holds": 1}

`does` is one of

    add      put the item into the place; an item is never added twice on purpose
    set      make the item the value of the place; of two values the one with the later `at` stands
    claim    make the item the owner of the place, which has at most one. No host promises it to two, except as pending
             what it has stored before, and settled; and except what it has promised as pending, and settled after
             another host had stored it for somebody else
    remove   remove the place and what is in it, for good
    erase    remove the place and what is in it that was made before, and the claims whose item it is; what is made
             later may use the same names again. Its time is not before `at` of the question, and not after `at` of
             the answer. If it is pending, it is finished by the end

A place is a path: what is done to `u1` is done to `u1/c2` as well. `answer` is yes (it is promised), no (refused for
good) or unsure (try again: it may or may not have happened). The reason of a yes is `pending` if nothing is stored yet.
This file imports nothing of the project.
"""

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

Event = Mapping[str, Any]


class History:
    """Collects events, and writes them to a file if there is one, which survives its process. Safe for threads."""

    def __init__(self, file: Path | None = None) -> None:
        self.events: list[Event] = []
        self._lock = threading.Lock()
        self._file = None if file is None else os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def asked(self, op: object, does: str, place: str, *, item: str = "", at: int = 0, by: str = "") -> None:
        """Record that the operation was begun; `at` is the time (ms) that it carries, `by` the host that was asked."""
        self.add({"event": "asked", "op": op, "does": does, "place": place, "item": item, "at": at, "by": by})

    def answered(self, op: object, answer: str, *, reason: str = "", at: int = 0) -> None:
        """Record what its caller was told: yes, no or unsure; `at` is the latest time (ms) that the operation has."""
        self.add({"event": "answered", "op": op, "answer": answer, "reason": reason, "at": at})

    def settled(self, place: str, *, by: str) -> None:
        """Record that all claims of the place that this host has accepted so far are stored, and proven."""
        self.add({"event": "settled", "place": place, "by": by})

    def shown(self, place: str, items: Iterable[str]) -> None:
        """Record what a reader was shown of the place."""
        self.add({"event": "shown", "place": place, "items": [*items]})

    def found(self, place: str, items: Iterable[str]) -> None:
        """Record what the place holds at the end; an item that is there twice is listed twice."""
        self.add({"event": "found", "place": place, "items": [*items]})

    def kept(self, by: str, place: str, items: Iterable[str]) -> None:
        """Record what the host would show of the place in an outage, from its own copies at the end."""
        self.add({"event": "kept", "by": by, "place": place, "items": [*items]})

    def counted(self, what: str, *, says: int, holds: int) -> None:
        """Record the count that is stored, and how many distinct records there are."""
        self.add({"event": "counted", "what": what, "says": says, "holds": holds})

    def add(self, event: Event) -> None:
        """Record an event."""
        with self._lock:
            self.events.append(event)
            if self._file is not None:
                os.write(self._file, line_of(event).encode())


def line_of(event: Event) -> str:
    """Return the event as a line of JSON."""
    return json.dumps(event) + "\n"


def read(file: Path) -> Iterator[Event]:
    """Yield the events in the file; none if there is no file."""
    yield from map(json.loads, file.read_text().splitlines() if file.exists() else ())
