"""The checker: replays a trace through the model, and returns the steps that it does not allow.

    python -m tests.protocol.traces.checker FILE

prints them. Each row has a life, whose words the worlds read (`automaton`, `readings/`). Functions that change rows let
their rows read a word (`changes`), the other steps all rows that they concern (`steps`).
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.protocol.traces.changes import changed
from tests.protocol.traces.lines import Line, lines_of, read
from tests.protocol.traces.lives import Illegal
from tests.protocol.traces.replay import Replay
from tests.protocol.traces.steps import HANDLERS, noted


@dataclass(frozen=True, slots=True)
class Checked:
    """How many steps of how many rows were checked, how often each label was read, and the illegal steps.

    `left` are the states of the rows that are in the journals at the end, by the digest of the host and by id.
    """

    steps: int
    rows: int
    labels: Counter[str]
    illegal: tuple[Illegal, ...]
    left: Mapping[str, Mapping[int, str]]


def check(found: Iterable[Mapping[str, Any]]) -> Checked:
    """Return what the model says of the lines, which are as in the file."""
    replay = Replay()
    for line in lines_of(found):
        replay.line, replay.steps = line.number, replay.steps + 1
        _read(replay, line)
    left = {name: {life.row: life.state for life in host.lives.values()} for name, host in replay.hosts.items()}
    return Checked(replay.steps, replay.rows, replay.labels, tuple(replay.illegal), left)


def _read(replay: Replay, line: Line) -> None:
    if "was" in line.facts:
        changed(replay, line)
    elif line.says.startswith("database_"):
        noted(replay, line)
    elif line.step in HANDLERS:
        HANDLERS[line.step](replay, line)


def main(arguments: list[str]) -> int:
    """Check the files; return 1 if a step is illegal."""
    checked = {name: check(read(Path(name))) for name in arguments}
    for name, each in checked.items():
        sys.stdout.write(f"{name}: {each.steps} steps of {each.rows} rows, {len(each.illegal)} illegal.\n")
        sys.stdout.writelines(f"  {found}\n" for found in each.illegal[:20])
    return int(any(each.illegal for each in checked.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
