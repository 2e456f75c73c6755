"""The journal for operators: its status, facts and dead letters."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from redis_models.errors import Invalid, NotFound
from redis_models.journal import facts
from redis_models.journal.clock import now_ms
from redis_models.journal.damage import salvage
from redis_models.journal.damage.files import identity_of
from redis_models.journal.damage.salvage import Salvaged
from redis_models.journal.rows import COLUMNS, Row, row_from
from redis_models.journal.store import FILE_NAME, Store
from redis_models.journal.tables import State


@dataclass(frozen=True, slots=True)
class Status:
    """The status of the journal. `last_replay_ms` is 0 if no replay has run; `oldest_age_s` is in whole seconds.

    `unreadable_rows` were in damaged files and could not be brought back. `durability` is "proven", or why it is not;
    empty before the first drain.
    """

    is_on_disk: bool
    in_flight: int
    pending: int
    applied: int
    dead_letters: int
    unfenced_dropped: int
    unreadable_rows: int
    oldest_age_s: int
    last_replay_ms: int
    durability: str


class Admin:
    """The journal for operators. Every method raises JournalUnavailable if the file cannot be used."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def status(self) -> Status:
        """Return the status, without a scan of the rows."""
        with self._store.reading() as db:
            rows = dict(db.execute("SELECT state, rows FROM totals").fetchall())
            oldest = db.execute("SELECT appended_ms FROM rows WHERE state = 'pending' ORDER BY id LIMIT 1").fetchone()
            return Status(
                is_on_disk=self._store.directory is not None,
                in_flight=rows[State.IN_FLIGHT],
                pending=rows[State.PENDING],
                applied=rows[State.APPLIED],
                dead_letters=rows[State.DEAD_LETTER],
                unfenced_dropped=int(facts.get(db, facts.UNFENCED_DROPPED) or 0),
                unreadable_rows=facts.unreadable_rows(db),
                oldest_age_s=(now_ms() - oldest[0]) // 1000 if oldest else 0,
                last_replay_ms=int(facts.get(db, facts.LAST_REPLAY_MS) or 0),
                durability=facts.get(db, facts.DURABILITY),
            )

    def elsewhere(self) -> int:
        """Return how many rows are for another database than the one in use."""
        query = "SELECT COUNT(*) FROM rows WHERE state <> 'set aside' AND database NOT IN ('', ?)"
        with self._store.reading() as db:
            database = facts.get(db, facts.DATABASE_REACHED)
            return int(db.execute(query, (database,)).fetchone()[0]) if database else 0

    def fact(self, name: str) -> str:
        """Return the fact of that name; empty if there is none."""
        with self._store.reading() as db:
            return facts.get(db, name)

    def note(self, name: str, value: str) -> None:
        """Store the fact in place of an earlier one; does nothing if it is the same."""
        if self.fact(name) != value:
            self._store.commit(lambda db: facts.put(db, name, value))

    def first_fact(self, name: str, value: str) -> str:
        """Return the fact; if there is none, store `value`. All processes of the host get the value stored first."""

        def change(db: sqlite3.Connection) -> str:
            found = facts.get(db, name)
            if not found:
                facts.put(db, name, value)
            return found or value

        return self._store.commit(change)

    def forget_replicas(self) -> int:
        """Forget how many replicas were seen of each primary; return how many that were, of all together."""

        def change(db: sqlite3.Connection) -> int:
            found = db.execute("SELECT value FROM facts WHERE name GLOB ?", (f"{facts.REPLICAS} *",)).fetchall()
            db.execute("DELETE FROM facts WHERE name GLOB ?", (f"{facts.REPLICAS} *",))
            return sum(int(value) for (value,) in found)

        return self._store.commit(change)

    def prove_writable(self) -> None:
        """Write to the file durably; raises JournalUnavailable if that fails."""
        self._store.commit(lambda db: facts.put(db, "proof", str(now_ms())))

    def dead_letters(self) -> list[Row]:
        """Return the dead letters with their reasons; damaged rows are not listed, but the status counts them."""
        with self._store.reading() as db:
            query = f"SELECT {COLUMNS} FROM rows WHERE state = 'set aside' ORDER BY id"  # noqa: S608
            found = [row_from(columns) for columns in db.execute(query)]
        return [row for row in found if row is not None]

    def retry(self, ids: Sequence[int]) -> int:
        """Make dead letters pending again, those in `ids` or all if it is empty; return how many.

        Raises NotFound if there are no such dead letters.
        """
        moved = "UPDATE rows SET state = 'pending', reason = '', appended_ms = ? WHERE state = 'set aside'"
        return self._store.commit(lambda db: _of_dead_letters(db, moved, (now_ms(),), ids))

    def drop(self, ids: Sequence[int]) -> int:
        """Delete dead letters, those in `ids` or all if it is empty; return how many.

        Raises NotFound if there are no such dead letters.
        """
        deletion = "DELETE FROM rows WHERE state = 'set aside'"
        return self._store.remove(lambda db: _of_dead_letters(db, deletion, (), ids))

    def salvage(self, file: Path) -> Salvaged:
        """Add the whole rows of a file that was damaged or replaced, unless they are here; raises NotFound."""
        if not file.is_file():
            raise NotFound(f"There is no file {file}.")
        own = self._store.directory
        if own and identity_of(own / FILE_NAME) == identity_of(file):
            raise Invalid("This is the journal's own file, which is checked whenever it is opened.")
        found = salvage.found_in(file)
        return self._store.commit(lambda db: salvage.add(db, found))

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of the file, even while it is written to (SQLite's online backup)."""
        with self._store.reading() as db, closing(sqlite3.connect(path)) as copy:
            db.backup(copy)


def _of_dead_letters(db: sqlite3.Connection, query: str, values: tuple[object, ...], ids: Sequence[int]) -> int:
    if ids:
        query += f" AND id IN ({','.join('?' * len(ids))})"
    count = db.execute(query, (*values, *ids)).rowcount
    if not count:
        raise NotFound("There is no such dead letter.")
    return count
