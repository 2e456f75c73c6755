"""Bring rows back from a journal file that was damaged, deleted or replaced: each row that its checksum shows whole."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis_models.journal import facts
from redis_models.journal.damage.files import Identity, identity_of, log_of
from redis_models.journal.damage.pages import Pages, Record
from redis_models.journal.tables import State, checksum_of

TABLE = (
    "id", "user_id", "claim", "state", "owner", "deadline_ms", "database", "applied_on", "body", "checksum",
    "appended_ms", "reason",
)  # fmt: skip
"""The columns of `rows` in the order of the table."""
_TYPES = (object, str, str, str, str, int, str, str, bytes, bytes, int, str)
_STATES = frozenset(State)
_INSERT = f"INSERT INTO rows ({', '.join(TABLE[1:])}) VALUES ({', '.join('?' * len(TABLE[1:]))})"  # noqa: S608
_THE_ROW = "user_id = ? AND checksum = ? AND appended_ms = ?"
_IS_THERE = f"SELECT 1 FROM rows WHERE {_THE_ROW}"  # noqa: S608
_ACKNOWLEDGE = f"UPDATE rows SET state = ? WHERE {_THE_ROW} AND state = 'in flight'"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Salvaged:
    """The numbers of rows that were brought back, and of rows that could not be read."""

    rows: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Found:
    """What is whole in the `file`: rows without their ids, in the order of these, and small named values.

    `unreadable` is the number of rows that are not whole; it is a minimum unless the file `is_complete`.
    """

    file: Identity
    rows: tuple[tuple[Any, ...], ...]
    unreadable: int
    named: tuple[tuple[str, str], ...]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What a process knows of harmed files that it had open: the file, its log and the log's index.

    `found` is what could be read while they were open, and `had` the number of rows then; 0 if that is not known.
    """

    files: Sequence[Identity]
    found: Found | None = None
    had: int = 0


def given_up(files: Sequence[Identity], db: sqlite3.Connection, *, are_gone: bool) -> GivenUp:
    """Return what the open connection still knows of files; if they `are_gone` from the folder, it has all of them."""
    had, found = _count_of(db), None
    if are_gone:
        with suppress(sqlite3.Error):
            found = found_by(db, files[0])
    return GivenUp(files, found, had)


def found_in(file: Path) -> Found:
    """Return what is whole in a file and its log, however damaged they are.

    This process must not have the file open: reading it here ends with a close(), which drops SQLite's locks.
    Rows that are not whole are counted as far as they are seen, or as the file's own totals say.
    """
    whole: dict[int, tuple[Any, ...]] = {}
    unreadable = 0
    pages = Pages(file, log_of(file))
    for record in pages.records():
        if record is None or _is_damaged(record):
            unreadable += 1
        elif len(record.columns) == len(TABLE):
            whole[record.rowid] = record.columns[1:]
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        missing = _count_in(pages) - len(whole)
        rows = tuple(whole[row_id] for row_id in sorted(whole))
        return Found(identity_of(file), rows, max(unreadable, missing), _named(db), is_complete=False)


def found_by(db: sqlite3.Connection, file: Identity) -> Found:
    """Return what is whole in a `file` that is open, but no longer the one in the folder; raises sqlite3.Error."""
    query = f"SELECT {', '.join(TABLE)} FROM rows ORDER BY id"  # noqa: S608
    records = [Record(row_id, (None, *columns)) for row_id, *columns in db.execute(query)]
    whole = [record for record in records if not _is_damaged(record)]
    rows = tuple(record.columns[1:] for record in whole)
    return Found(file, rows, len(records) - len(whole), _named(db), is_complete=True)


def _count_in(pages: Pages) -> int:
    """Return how many rows the totals say, of which SQLite can read nothing if the file is shorter than it was."""
    totals = {}
    for entry in pages.short_entries():
        match entry:
            case (str(state), int(rows), int()) if state in _STATES:
                totals[state] = rows
    return sum(totals.values())


def _count_of(db: sqlite3.Connection) -> int:
    """Return how many rows the file says it has; 0 if SQLite cannot read that."""
    try:
        return int(db.execute("SELECT SUM(rows) FROM totals").fetchone()[0] or 0)
    except (sqlite3.Error, ValueError, TypeError):
        return 0


def _named(db: sqlite3.Connection) -> tuple[tuple[str, str], ...]:
    """Return the small named values, if SQLite can still read them."""
    try:
        rows = db.execute("SELECT name, value FROM facts").fetchall()
    except sqlite3.Error:
        return ()
    return tuple((name, value) for name, value in rows if isinstance(name, str) and isinstance(value, str))


def _is_damaged(record: Record) -> bool:
    """Return whether it is a row of the journal, and not as it was written."""
    if len(record.columns) != len(TABLE):
        return False
    columns = dict(zip(TABLE, record.columns, strict=True))
    if not all(map(isinstance, record.columns, _TYPES)) or columns["state"] not in _STATES:
        return True
    written = checksum_of(columns["body"], columns["user_id"], columns["claim"], columns["database"])  # type: ignore[arg-type]
    return written != columns["checksum"]


def bring_back(db: sqlite3.Connection, found: Found) -> Salvaged:
    """Add what the open journal does not have, in a transaction of its own."""
    db.execute("BEGIN IMMEDIATE")
    with db:
        db.executemany("INSERT OR IGNORE INTO facts VALUES (?, ?)", found.named)
        return add(db, found)


def add(db: sqlite3.Connection, found: Found) -> Salvaged:
    """Add the rows that the open journal does not have, and note how many of that file could not be read."""
    count = sum(_add_row(db, columns) for columns in found.rows)
    facts.put(db, facts.whole_in(found.file), str(len(found.rows)))
    if found.is_complete:
        facts.put(db, facts.unreadable_in(found.file), str(found.unreadable))
    else:
        _note_unreadable(db, found.file, found.unreadable)
    return Salvaged(count, found.unreadable)


def count_missing(db: sqlite3.Connection, former: GivenUp) -> None:
    """Note that rows could not be read if the former file had more than were found whole in it."""
    file = former.files[0]
    _note_unreadable(db, file, former.had - int(facts.get(db, facts.whole_in(file)) or 0))


def _note_unreadable(db: sqlite3.Connection, file: Identity, count: int) -> None:
    name = facts.unreadable_in(file)
    if count > int(facts.get(db, name) or 0):
        facts.put(db, name, str(count))


def _add_row(db: sqlite3.Connection, columns: tuple[Any, ...]) -> bool:
    """Add the row and return True, unless it is there; one that is there in flight may have been acknowledged since."""
    named = dict(zip(TABLE[1:], columns, strict=True))
    identity = named["user_id"], named["checksum"], named["appended_ms"]
    if db.execute(_IS_THERE, identity).fetchone() is None:
        db.execute(_INSERT, columns)
        return True
    db.execute(_ACKNOWLEDGE, (named["state"], *identity))
    return False
