"""The lines of a trace: read from its file, with what became of the transaction of each."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis_models import trace
from redis_models.journal.file.watching import OPENED

FAULT = "fault"
"""The step of the lines that the tests add; no function of the program performs it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its number in the file, its host, the thread (`by`), the function that performs the step, and the rest.

    `is_certain` is false if the process was killed before it wrote how the line's transaction ended, and no later line
    shows it.
    """

    number: int
    host: str
    at: int
    by: str
    step: str
    says: str
    facts: Mapping[str, Any]
    is_certain: bool = True

    @property
    def row(self) -> int:
        return self.facts["row"]


def read(file: Path) -> list[Mapping[str, Any]]:
    """Return the lines of the file as they are; none if there is no file."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def lines_of(found: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    """Yield the lines without those of transactions that were rolled back."""
    found = list(found)
    ended = _ends(found)
    for number, each in enumerate(found, start=1):
        facts = dict(each)
        host, at, by, step, says = (facts.pop(name) for name in ("host", "at", "by", "step", "says"))
        end = ended.get(facts.get("transaction"), trace.COMMITTED if not facts.get("transaction") else "")
        if end != trace.ROLLED_BACK and step != trace.TRANSACTION:
            yield Line(number, host, at, by, step, says, facts, is_certain=bool(end))


def _ends(found: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return how transactions ended, by their names: as a line says, or as the next line about a row of it shows."""
    ended = {each["transaction"]: each["says"] for each in found if each["step"] == trace.TRANSACTION}
    shown: dict[tuple[str, int], tuple[str, str]] = {}
    highest: dict[str, int] = {}
    for each in reversed(found):
        host = each["host"]
        if each["step"] == OPENED:
            highest[host] = each["row"]
        if "was" not in each:
            continue
        own, row = each["transaction"], (host, each["row"])
        state, by = shown.get(row, ("", ""))
        if by and by != own:
            ended.setdefault(own, trace.COMMITTED if state == each["says"] else trace.ROLLED_BACK)
        elif not by and not each["was"] and host in highest:
            ended.setdefault(own, trace.COMMITTED if each["row"] <= highest[host] else trace.ROLLED_BACK)
        shown[row] = each["was"], own
    return ended


@contextmanager
def fault(name: str, **facts: object) -> Iterator[None]:
    """Note in the trace that the settings name that a fault happens during the block."""
    trace.note(FAULT, f"{name} begins", **facts)
    yield
    trace.note(FAULT, f"{name} is over", **facts)
