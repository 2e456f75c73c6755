"""Command output: a table for people, JSON for programs, and one sentence with exit status 1 for an error."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich import box
from rich.console import Console
from rich.table import Table

from redis_models.errors import RedisModelError


class TerminalCommand(BaseCommand):
    """A command with `--json` that reports an expected error as one sentence, with exit status 1."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--json`."""
        parser.add_argument("--json", action="store_true", help="Print JSON for programs instead of text.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command; a RedisModelError becomes a CommandError."""
        with one_sentence():
            self.run(*args, **options)

    def run(self, *args: Any, **options: Any) -> None:
        """Do the command's work."""
        raise NotImplementedError

    def show(self, rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
        """Print the rows, which must all have the same columns."""
        if as_json:
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
        elif rows:
            self.stdout.write(table(rows))

    def show_one(self, facts: Mapping[str, Any], *, as_json: bool) -> None:
        """Print the facts of one thing, one per line."""
        if as_json:
            self.stdout.write(json.dumps(facts, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(facts_table(facts))


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn a RedisModelError into Django's CommandError: one sentence, no traceback, exit status 1."""
    try:
        yield
    except RedisModelError as error:
        raise CommandError(str(error)) from error


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows as a table, with the keys of the first row as the header."""
    drawn = Table(*rows[0], box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        drawn.add_row(*(_cell(value) for value in row.values()))
    return _drawn(drawn)


def facts_table(facts: Mapping[str, Any]) -> str:
    """Return one line for each fact: its name and its value."""
    drawn = Table(box=None, show_header=False, pad_edge=False)
    for name, value in facts.items():
        drawn.add_row(name, _cell(value))
    return _drawn(drawn)


def _cell(value: object) -> str:
    text = (
        {True: "yes", False: "no", None: "-"}.get(value, str(value)) if isinstance(value, bool | None) else str(value)
    )
    return "".join(character if character.isprintable() else "�" for character in text)


def _drawn(drawn: Table) -> str:
    console = Console(
        width=max(80, shutil.get_terminal_size().columns), color_system=None, markup=False, highlight=False
    )
    with console.capture() as captured:
        console.print(drawn)
    return "\n".join(line.rstrip() for line in captured.get().splitlines() if line.strip())
