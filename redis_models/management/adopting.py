"""The dialogue of `manage.py journal adopt`: name what comes back, ask, and adopt the database."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from redis_models.journal import Row, journal
from redis_models.management.row_file import write_rows
from redis_models.management.terminal import TerminalCommand
from redis_models.replay.adoption import Offer, adopt, adopt_without, offer
from redis_models.schema.codec import iso_from_ms


def add_options(parser: CommandParser) -> None:
    """Add the options of `journal adopt`."""
    parser.add_argument("--yes", action="store_true", help="Do not ask.")
    parser.add_argument("--drop", action="store_true", help="Drop the rows: the database was emptied on purpose.")
    parser.add_argument("--output", type=Path, metavar="FILE", help="The file to which --drop writes the rows first.")


def run(command: TerminalCommand, *, yes: bool, drop: bool, output: Path | None, json: bool) -> None:
    """Adopt the database after a question; raises CommandError if the answer is no."""
    if drop != (output is not None):
        raise CommandError("--drop writes the rows to a file first; name it with --output FILE.")
    found = offer(journal())
    if found is None:
        _say_nothing_to_do(command, json=json)
        return
    if not yes:
        _ask(command, found, drop=drop, json=json)
    if output is not None:
        facts = {"droppedRows": _drop(output), "file": str(output)}
    else:
        adopt(journal())
        facts = {"adoptedRows": found.waiting.rows}
    command.show_one(facts | _after(), as_json=json)


def _say_nothing_to_do(command: TerminalCommand, *, json: bool) -> None:
    if json:
        command.show_one({"adoptedRows": 0} | _after(), as_json=True)
    else:
        command.stdout.write("There is nothing to do: this is the database that the rows are for.")


def _ask(command: TerminalCommand, found: Offer, *, drop: bool, json: bool) -> None:
    """Show what the adoption means, and return if the answer is yes."""
    if json:
        raise CommandError("Nothing was adopted; --json needs --yes, because there is nobody to ask.")
    if found.reason:
        command.stdout.write(found.reason)
    command.show_one(_offer_out(found), as_json=False)
    question = "to drop these writes" if drop else "to apply these writes to this database (again)"
    try:
        is_agreed = input(f"Type 'yes' {question}: ") == "yes"
    except EOFError:
        is_agreed = False
    if not is_agreed:
        raise CommandError("Nothing was adopted.")


def _offer_out(found: Offer) -> dict[str, Any]:
    waiting = found.waiting
    times = {"from": waiting.oldest_ms, "to": waiting.newest_ms}
    return {
        "redis": settings.REDIS_ENDPOINT.display,
        "writes": waiting.rows,
        "users": waiting.users,
        "forAnotherDatabase": waiting.for_another,
        **{name: iso_from_ms(at_ms) if at_ms else None for name, at_ms in times.items()},
        **waiting.scripts,
    }


def _drop(output: Path) -> int:
    """Write the rows to a new file, one JSON object per line, then drop them; return how many."""
    if output.exists():
        raise CommandError("Nothing was adopted: the file exists; name a new one.")
    written: list[int] = []
    write_rows(_noting(journal().mark.undamaged(), written), output)
    adopt_without(journal(), written)
    return len(written)


def _noting(rows: Iterable[Row], ids: list[int]) -> Iterator[Row]:
    """Yield the rows, and append the id of each to `ids`."""
    for row in rows:
        ids.append(row.id)
        yield row


def _after() -> dict[str, Any]:
    """Return what is left to do: processes with a journal in memory each expect the mark that they found first."""
    return {"restartTheSite": True} if settings.AIRA_JOURNAL == "memory" else {}
