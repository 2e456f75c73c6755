"""Reports in Markdown: one file with one block per section. A section that runs again replaces its block."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.machine import described

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Table:
    """The table of one section; `about` describes the measurement."""

    title: str
    about: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        today = datetime.now(tz=UTC).date()
        return f"## {self.title}\n\n{self.about}\n\n{table}\n\n{today}: {described()}\n"


def write(name: str, heading: str, table: Table) -> Path:
    """Write the table to the report of that name; it replaces an earlier one with the same title. Return the path."""
    path = RESULTS / f"{name}.md"
    RESULTS.mkdir(exist_ok=True)
    text = path.read_text() if path.exists() else f"# {heading}\n"
    head, *blocks = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    kept = {block.splitlines()[0]: block.rstrip() for block in blocks}
    kept[f"## {table.title}"] = str(table).rstrip()
    path.write_text("\n\n".join((head.rstrip(), *kept.values())) + "\n")
    return path


def number(value: float) -> str:
    """Return the number without decimals, with spaces between thousands: 12 345."""
    return f"{value:,.0f}".replace(",", " ")
