"""The journal's rows: writes in flight, pending, applied but not yet confirmed durable, and dead letters.

A row is `in flight` from before its write is sent until its request knows the outcome; `pending` if it was accepted
while Redis could not take it; `applied` after Redis took it, until Redis is proven to keep it. An in-flight row whose
process has ended, or whose deadline has passed, is abandoned: it is due like a pending one if its write is deferrable.
Otherwise it is dropped, because the yes to such a write comes only after its row is durably `applied`.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from redis_models.errors import JournalUnavailable
from redis_models.journal import owners
from redis_models.journal.claims import ACCEPTED, WAITING, check_claim
from redis_models.journal.clock import now_ms
from redis_models.journal.store import Store
from redis_models.journal.tables import State, checksum_of
from redis_models.operations.claims import PROVEN, claims_on
from redis_models.operations.write import Write
from texts.typed_json import decoder

MAX_UNACKNOWLEDGED = 100_000
MAX_UNACKNOWLEDGED_BYTES = 256 * 1024 * 1024
MAX_UNFENCED = 100_000
MAX_UNFENCED_BYTES = 256 * 1024 * 1024


_STATES = frozenset(State)


@dataclass(frozen=True, slots=True)
class Row:
    """A kept write. `write.acknowledged` is true unless the row is in flight: in-flight rows were never acknowledged.

    `applied_on` identifies the servers on which a drain last applied the row (see `user_batch.servers_of`); empty if
    none has.
    """

    id: int
    write: Write
    state: State
    appended_ms: int
    applied_on: str = ""
    reason: str = ""


COLUMNS = "id, user_id, claim, database, body, checksum, state, appended_ms, applied_on, reason"
BODY = COLUMNS.split(", ").index("body")
DELETION = "DELETE FROM rows WHERE id = ?"
_APPLIED = "UPDATE rows SET state = 'applied' WHERE id = ? AND state = 'in flight'"


def row_from(columns: Sequence[Any]) -> Row | None:
    """Return the row of these COLUMNS; None if it is damaged."""
    row_id, user_id, claim, database, body, checksum, state, appended_ms, applied_on, reason = columns
    if not isinstance(body, bytes) or state not in _STATES:
        return None
    if checksum_of(body, user_id, claim, database) != checksum:
        return None
    write = decoder(Write).decode(body)
    if state != State.IN_FLIGHT:
        write = replace(write, acknowledged=True)
    return Row(row_id, write, State(state), appended_ms, applied_on, reason)


class Rows:
    """The rows for requests. Every method raises JournalUnavailable if the file cannot be used."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.database = ""
        """The id of the database in use, stored in each new row; empty while it is not known."""

    def begin(self, write: Write, *, deadline_ms: int, known_claim: int = 0) -> int:
        """Add the write durably as in flight until `deadline_ms`, and return the row's id.

        Raises Conflict, ClaimInFlight and ClaimApplied as `check_claim` does for WAITING and `known_claim`.
        """
        values = self._values(write, State.IN_FLIGHT, deadline_ms)

        def change(db: sqlite3.Connection) -> int:
            check_claim(db, write, held_by=WAITING, known_claim=known_claim)
            return _insert(db, values)

        return self._store.commit(change)

    def keep(self, write: Write, *, row_id: int | None) -> int:
        """Keep the write durably as pending, in its in-flight row or else in a new one; return the row's id.

        Raises Conflict and ClaimInFlight as `check_claim` does for ACCEPTED.
        """
        values = self._values(write, State.PENDING, 0)

        def change(db: sqlite3.Connection) -> int:
            check_claim(db, write, held_by=ACCEPTED)
            if row_id is None:
                return _insert(db, values)
            db.execute("UPDATE rows SET state = 'pending', deadline_ms = 0 WHERE id = ?", (row_id,))
            return row_id

        return self._store.commit(change)

    def check_claim(self, write: Write, *, held_by: Sequence[State]) -> None:
        """Raise the error that `begin` (WAITING) or `keep` (ACCEPTED) would raise now for the write's claim.

        A hint only: another write may claim the email before `begin` or `keep` is called.
        """
        if write.claim:
            with self._store.reading() as db:
                check_claim(db, write, held_by=held_by)

    def applied(self, row_id: int) -> None:
        """Mark the row as applied with the next transaction. If that is lost, the write is only applied again."""
        self._store.commit_later(lambda db: db.execute(_APPLIED, (row_id,)))

    def note_applied(self, row_id: int) -> None:
        """Mark the row as applied durably; call this before the yes to a write that may not wait.

        Raises JournalUnavailable, also if the row is not in flight any more: then a drain took it for abandoned.
        """

        def change(db: sqlite3.Connection) -> None:
            if db.execute(_APPLIED, (row_id,)).rowcount == 0:
                raise JournalUnavailable("The write took too long, and its row was dropped.")

        self._store.commit(change)

    def drop(self, row_id: int) -> None:
        """Remove the row with the next transaction."""
        self._store.commit_later(lambda db: db.execute(DELETION, (row_id,)))

    def drop_durably(self, row_id: int) -> None:
        """Remove the row before this returns; call it before the 503 to a write that may not wait."""
        self._store.remove(lambda db: db.execute(DELETION, (row_id,)))

    def _values(self, write: Write, state: State, deadline_ms: int) -> tuple[object, ...]:
        body = msgspec.json.encode(write)
        checksum = checksum_of(body, write.user_id, write.claim, self.database)
        own = (state, owners.this_process(), deadline_ms, self.database)
        return (write.user_id, write.claim, *own, body, checksum, now_ms())

    def claimant(self, email: str) -> str | None:
        """Return the id of the user whose pending or applied row claims the email and proves it; None if none does."""
        claims = claims_on(email, PROVEN)
        query = "SELECT user_id FROM rows WHERE state IN ('pending', 'applied') AND claim IN (?, ?, ?) LIMIT 1"
        with self._store.reading() as db:
            row = db.execute(query, claims).fetchone()
        return row[0] if row else None

    def pending_ids(self, user_id: str) -> list[int]:
        """Return the ids of the user's pending rows, ascending."""
        with self._store.reading() as db:
            return ids_of(db, user_id, (State.PENDING,))

    def by_id(self, ids: Sequence[int]) -> list[Row]:
        """Return the undamaged rows of these ids, ascending."""
        with self._store.reading() as db:
            return rows_by_id(db, ids)


def rows_by_id(db: sqlite3.Connection, ids: Sequence[int]) -> list[Row]:
    """Return the undamaged rows of these ids, ascending."""
    marks = ",".join("?" * len(ids))
    query = f"SELECT {COLUMNS} FROM rows WHERE id IN ({marks}) ORDER BY id"  # noqa: S608
    return [row for columns in db.execute(query, list(ids)) if (row := row_from(columns))]


def ids_of(db: sqlite3.Connection, user_id: str, states: Sequence[State]) -> list[int]:
    """Return the ids of the user's rows in one of the states, ascending."""
    marks = ",".join("?" * len(states))
    query = f"SELECT id FROM rows WHERE user_id = ? AND state IN ({marks}) ORDER BY id"  # noqa: S608
    return [row_id for (row_id,) in db.execute(query, (user_id, *states))]


def _insert(db: sqlite3.Connection, values: tuple[object, ...]) -> int:
    unacknowledged = "SELECT SUM(rows), SUM(bytes) FROM totals WHERE state IN ('in flight', 'pending')"
    rows, size = db.execute(unacknowledged).fetchone()
    if rows >= MAX_UNACKNOWLEDGED or size >= MAX_UNACKNOWLEDGED_BYTES:
        raise JournalUnavailable("The journal is full; bring Redis back, and see `journal status`.")
    cursor = db.execute(
        "INSERT INTO rows (user_id, claim, state, owner, deadline_ms, database, body, checksum, appended_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    return cursor.lastrowid or 0
