"""What a journal has noted of the database's mark, and which rows an adoption brings back or drops."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis_models.journal import facts, owners
from redis_models.journal.clock import now_ms
from redis_models.journal.rows import COLUMNS, Row, row_from
from redis_models.journal.store import Store
from redis_models.journal.tables import State, checksum_of
from redis_models.schema.mark import Noted, id_of

ROWS_AT_ONCE = 1000
_MAKE_PENDING = "UPDATE rows SET state = 'pending', appended_ms = ?"
"""The time is that of a new row, so that no row is too old to be applied again."""
_SUMMARY = (
    "SELECT COUNT(*), COUNT(DISTINCT user_id), IFNULL(SUM(database NOT IN ('', ?)), 0),"
    " IFNULL(MIN(appended_ms), 0), IFNULL(MAX(appended_ms), 0) FROM rows WHERE state <> 'set aside'"
)
_SCRIPTS = (
    "SELECT CASE json_valid(CAST(body AS TEXT)) WHEN 1 THEN json_extract(CAST(body AS TEXT), '$.script')"
    " ELSE 'damaged' END AS script, COUNT(*) FROM rows WHERE state <> 'set aside' GROUP BY script ORDER BY script"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The rows other than dead letters: how many there are, of how many users, and when they were made (ms; 0: none).

    `scripts` are the numbers of rows by the script they name. `for_another` rows name another database.
    """

    rows: int
    users: int
    for_another: int
    oldest_ms: int
    newest_ms: int
    scripts: Mapping[str, int] = field(default_factory=dict)


class MarkNotes:
    """The journal's notes of the mark. Every method raises JournalUnavailable if the file cannot be used."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.last = Noted()
        """What was noted when the journal was read last; used while it cannot be read."""

    def noted(self) -> Noted:
        """Return what is noted."""
        names = (facts.DATABASE_EXPECTED, facts.DATABASE_MARK, facts.DATABASE_COPIED, facts.DATABASE_REACHED)
        with self._store.reading() as db:
            self.last = Noted(*(facts.get(db, name) for name in names))
        return self.last

    def note(self, mark: str) -> None:
        """Note the mark that was found. If it is a new one, applied rows become pending again, durably.

        The database may have lost what they wrote, so reads show them until they are applied again.
        """
        if self.noted().mark != mark:
            self._in_batches(_make_pending)
        self._store.commit(lambda db: _note(db, mark))

    def prove(self, mark: str, *, is_copied: bool) -> None:
        """Note that the database keeps the mark, and its copies if `is_copied`; a mark that is not noted is ignored."""

        def change(db: sqlite3.Connection) -> None:
            if facts.get(db, facts.DATABASE_MARK) == mark:
                facts.put(db, facts.DATABASE_EXPECTED, id_of(mark))
                facts.put(db, facts.DATABASE_COPIED, id_of(mark) if is_copied else "")

        self._store.commit(change)

    def waiting(self, database: str) -> Waiting:
        """Return what an adoption of the database of this id would bring back."""
        with self._store.reading() as db:
            rows, users, for_another, oldest, newest = db.execute(_SUMMARY, (database,)).fetchone()
            scripts = dict(db.execute(_SCRIPTS).fetchall())
        return Waiting(rows, users, for_another, oldest, newest, scripts)

    def undamaged(self) -> Iterator[Row]:
        """Yield the rows that an adoption would bring back, except those that a request is working on."""
        after = 0
        while True:
            with self._store.reading() as db:
                found = _some(db, f"{COLUMNS}, owner, deadline_ms", "state <> 'set aside'", after)
            if not found:
                return
            after = found[-1][0]
            rows = [(row_from(columns), owner, ends_ms) for *columns, owner, ends_ms in found]
            yield from (row for row, *process in rows if row and not _is_in_use(row, *process))

    def adopt(self, mark: str, *, drop: Sequence[int] | None = None) -> None:
        """Make the database with this mark the one that all rows are for, as if no other had been known.

        If `drop` is given, the rows of these ids are dropped, and all snapshots: they show a database that is gone.
        """
        self._in_batches(_readdress)
        self._in_batches(_make_pending)

        def change(db: sqlite3.Connection) -> None:
            if drop is not None:
                db.executemany("DELETE FROM rows WHERE id = ?", [(row_id,) for row_id in drop])
                db.execute("DELETE FROM snapshots")
            for name in (facts.DATABASE_EXPECTED, facts.DATABASE_COPIED):
                facts.put(db, name, "")
            _note(db, mark)

        self._store.commit(change)

    def _in_batches(self, change: Callable[[sqlite3.Connection, int], int]) -> None:
        """Repeat the change, which takes an id and returns the last id of its batch, or 0 if nothing is left.

        Each batch has a transaction of its own, so requests that write to the journal do not wait for all of them.
        """
        after = 0

        def change_next(db: sqlite3.Connection) -> int:
            return change(db, after)

        while after := self._store.commit(change_next):
            pass


def _is_in_use(row: Row, owner: str, ends_ms: int) -> bool:
    return row.state is State.IN_FLIGHT and ends_ms >= now_ms() and not owners.is_gone(owner)


def _note(db: sqlite3.Connection, mark: str) -> None:
    """Note the mark; if it is not the one noted last, make the applied rows pending that no batch has taken."""
    facts.put(db, facts.DATABASE_REACHED, id_of(mark))
    if facts.get(db, facts.DATABASE_MARK) != mark:
        facts.put(db, facts.DATABASE_MARK, mark)
        db.execute(f"{_MAKE_PENDING} WHERE state = 'applied'", (now_ms(),))


def _make_pending(db: sqlite3.Connection, after: int) -> int:
    """Make some applied rows pending."""
    found = _some(db, "id, state", "state = 'applied'", after)
    db.executemany(f"{_MAKE_PENDING} WHERE id = ?", [(now_ms(), row_id) for row_id, _ in found])
    return found[-1][0] if found else 0


def _readdress(db: sqlite3.Connection, after: int) -> int:
    """Let some undamaged rows name no database: they go to the one that is proven next. Their checksum includes it."""
    found = _some(db, COLUMNS, "database <> ''", after)
    for columns in found:
        row_id, user_id, claim, _, body, *_ = columns
        if row_from(columns) is not None:
            values = (checksum_of(body, user_id, claim, ""), row_id)
            db.execute("UPDATE rows SET database = '', checksum = ?, applied_on = '' WHERE id = ?", values)
    return found[-1][0] if found else 0


def _some(db: sqlite3.Connection, columns: str, condition: str, after: int) -> list[tuple[Any, ...]]:
    query = f"SELECT {columns} FROM rows WHERE id > ? AND {condition} ORDER BY id LIMIT ?"  # noqa: S608
    return db.execute(query, (after, ROWS_AT_ONCE)).fetchall()
