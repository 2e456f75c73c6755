"""What the drain does with rows: which are due, and what becomes of them."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from redis_models.journal import facts, owners
from redis_models.journal.clock import now_ms
from redis_models.journal.rows import BODY, COLUMNS, DAMAGED, MAX_UNFENCED, MAX_UNFENCED_BYTES, Row, row_from
from redis_models.journal.snapshots import forget, put
from redis_models.journal.state import State
from redis_models.journal.store import Store
from redis_models.schema.snapshot import Snapshot

MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000
BYTES_AT_ONCE = 16 * 1024 * 1024
NOTHING: Mapping[str, Sequence[str]] = MappingProxyType({})
TOO_OLD = "older than 7 days"


@dataclass(frozen=True, slots=True)
class Due:
    """Due rows in the order of their ids, and the id up to which the journal was looked through."""

    rows: list[Row]
    last_id: int


class Queue:
    """The drain's side of the rows. Every method raises JournalUnavailable where the file cannot be used."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.turn = store.replay_turn

    def is_needed(self) -> bool:
        """Return whether there are rows that a drain may have to look at."""
        return self._has_rows("state <> 'set aside'")

    def is_urgent(self) -> bool:
        """Return whether there are rows that wait for Redis; those that it has taken may rest for a while."""
        return self._has_rows("state = 'pending'")

    def _has_rows(self, condition: str) -> bool:
        with self._store.reading() as db:
            return db.execute(f"SELECT 1 FROM totals WHERE rows > 0 AND {condition}").fetchone() is not None  # noqa: S608

    def due(self, database: str, *, after: int, most: int, known_on: Sequence[str] = ()) -> Due | None:
        """Return the next due rows with an id above `after` that are meant for the database; None where none are left.

        Pending and applied rows are due, and rows in flight that nobody will finish; but not those last applied on one
        of the servers `known_on`. Damaged rows and pending ones older than 7 days become dead letters. A write that may
        not wait and that nobody will finish is dropped: its caller was never told yes.
        """
        found = self._found(database, after=after, most=most, known_on=known_on)
        rows = [(row_id, row_from((row_id, *rest)), owner, ends_ms) for row_id, *rest, owner, ends_ms in found]
        dead = {row_id: reason for row_id, row, *_ in rows if (reason := _unfit(row))}
        ready = [row for row_id, row, *process in rows if row and row_id not in dead and _is_ready(row, *process)]
        self.add_dead_letters(dead)
        self._drop([row.id for row in ready if _is_void(row)])
        return Due([row for row in ready if not _is_void(row)], last_id=found[-1][0]) if found else None

    def _found(self, database: str, *, after: int, most: int, known_on: Sequence[str]) -> list[tuple[Any, ...]]:
        query = (
            f"SELECT {COLUMNS}, owner, deadline_ms FROM rows WHERE id > ? AND state <> 'set aside'"  # noqa: S608
            f" AND database IN ('', ?) AND applied_on NOT IN ({','.join('?' * len(known_on))}) ORDER BY id LIMIT ?"
        )
        found: list[tuple[Any, ...]] = []
        size = 0
        with self._store.reading() as db:
            for columns in db.execute(query, (after, database, *known_on, most)):
                found.append(columns)
                size += len(columns[BODY])
                if size >= BYTES_AT_ONCE:
                    break
        return found

    def _drop(self, rows: Sequence[int]) -> None:
        if rows:
            self._store.commit(lambda db: db.executemany("DELETE FROM rows WHERE id = ?", [(each,) for each in rows]))

    def add_dead_letters(self, reasons: Mapping[int, str]) -> None:
        """Take rows out of the drain and keep them, with the reason (by row id)."""
        if not reasons:
            return
        query = "UPDATE rows SET state = 'set aside', reason = ? WHERE id = ?"
        self._store.commit(lambda db: db.executemany(query, [(reason, row_id) for row_id, reason in reasons.items()]))

    def settle(
        self,
        proven: Sequence[int],
        unproven: Sequence[int],
        snapshots: Mapping[str, Snapshot],
        stale: Mapping[str, Sequence[str]] = NOTHING,
        *,
        applied_on: str = "",
    ) -> None:
        """Drop rows (by id) that are proven and keep the newer snapshots of their users (by id), both or neither.

        Rows that Redis took and no fence proves stay, with the server that has them (`applied_on`). `stale` are parts
        (by user id) that were written to and are not among the snapshots: what was kept of them goes.
        """

        def change(db: sqlite3.Connection) -> None:
            db.executemany("DELETE FROM rows WHERE id = ?", [(row_id,) for row_id in proven])
            query = "UPDATE rows SET state = 'applied', applied_on = ? WHERE id = ?"
            db.executemany(query, [(applied_on, row_id) for row_id in unproven])
            forget(db, stale)
            put(db, snapshots)
            facts.put(db, facts.LAST_REPLAY_MS, str(now_ms()))

        self._store.commit(change)

    def trim(self) -> int:
        """Drop the oldest applied rows past their bound, count them for the status, and return how many they were."""
        with self._store.reading() as db:
            rows, size = db.execute("SELECT rows, bytes FROM totals WHERE state = 'applied'").fetchone()
        excess = max(rows - MAX_UNFENCED, -(-(size - MAX_UNFENCED_BYTES) * rows // max(size, 1)), 0)
        if excess:
            self._store.commit(lambda db: _drop_oldest(db, excess))
        return int(excess)


def _unfit(row: Row | None) -> str:
    """Return why a row becomes a dead letter, or an empty text; None stands for a damaged row."""
    if row is None:
        return DAMAGED
    return TOO_OLD if row.state is State.PENDING and row.appended_ms < now_ms() - MAX_AGE_MS else ""


def _is_ready(row: Row, owner: str, ends_ms: int) -> bool:
    """Return whether no request is at work on the row."""
    return row.state is not State.IN_FLIGHT or ends_ms < now_ms() or owners.is_gone(owner)


def _is_void(row: Row) -> bool:
    """Return whether the row is of a write that may not wait, and whose caller was never told yes."""
    return row.state is State.IN_FLIGHT and not row.write.deferrable


def _drop_oldest(db: sqlite3.Connection, count: int) -> None:
    # Those that a drain has applied come first: their effects are in a snapshot.
    query = "SELECT id FROM rows WHERE state = 'applied' ORDER BY applied_on = '', id LIMIT ?"
    db.execute(f"DELETE FROM rows WHERE id IN ({query})", (count,))  # noqa: S608
    facts.put(db, facts.UNFENCED_DROPPED, str(int(facts.get(db, facts.UNFENCED_DROPPED) or 0) + count))
