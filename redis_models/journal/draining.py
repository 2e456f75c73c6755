"""What the drain does with rows: which are due, and what becomes of them."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from redis_models.journal import facts, owners
from redis_models.journal.clock import now_ms
from redis_models.journal.rows import BODY, COLUMNS, DAMAGED, MAX_UNFENCED, MAX_UNFENCED_BYTES, Row, State, row_from
from redis_models.journal.snapshots import forget, put
from redis_models.journal.store import Store
from redis_models.snapshot import Snapshot

MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000
BYTES_AT_ONCE = 16 * 1024 * 1024
NOTHING: Mapping[str, Sequence[str]] = MappingProxyType({})
TOO_OLD = "older than 7 days"


@dataclass(frozen=True, slots=True)
class Due:
    """Due rows in the order of their ids, and the id up to which the journal was looked through."""

    rows: list[Row]
    last_id: int


class Draining:
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
        of the servers `known_on`. Damaged rows and pending ones older than 7 days are set aside.
        """
        found = self._found(database, after=after, most=most, known_on=known_on)
        rows: list[Row] = []
        aside: dict[int, str] = {}
        for *columns, owner, deadline_ms in found:
            row = row_from(columns)
            if row is None:
                aside[columns[0]] = DAMAGED
            elif row.state is State.PENDING and row.appended_ms < now_ms() - MAX_AGE_MS:
                aside[row.id] = TOO_OLD
            elif row.state is not State.IN_FLIGHT or deadline_ms < now_ms() or owners.is_gone(owner):
                rows.append(row)
        self.set_aside(aside)
        return Due(rows, last_id=found[-1][0]) if found else None

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

    def set_aside(self, reasons: Mapping[int, str]) -> None:
        """Take rows out of the drain and keep them, with the reason (by row id)."""
        if not reasons:
            return
        query = "UPDATE rows SET state = 'set aside', reason = ? WHERE id = ?"
        self._store.commit(lambda db: db.executemany(query, [(reason, row_id) for row_id, reason in reasons.items()]))

    def settle(
        self, rows: Sequence[int], snapshots: Mapping[str, Snapshot], stale: Mapping[str, Sequence[str]] = NOTHING
    ) -> None:
        """Drop rows (by id) that are fenced and keep the newer snapshots of their users (by id), both or neither.

        `stale` are parts (by user id) that were written to and are not among the snapshots: what was kept of them goes.
        """

        def change(db: sqlite3.Connection) -> None:
            db.executemany("DELETE FROM rows WHERE id = ?", [(row_id,) for row_id in rows])
            forget(db, stale)
            put(db, snapshots)
            facts.put(db, facts.LAST_REPLAY_MS, str(now_ms()))

        self._store.commit(change)

    def note_applied(
        self,
        rows: Sequence[int],
        snapshots: Mapping[str, Snapshot],
        stale: Mapping[str, Sequence[str]] = NOTHING,
        *,
        applied_on: str,
    ) -> None:
        """Keep rows (by id) that Redis took and no fence proves, with the server that has them, and the snapshots."""

        def change(db: sqlite3.Connection) -> None:
            query = "UPDATE rows SET state = 'applied', applied_on = ? WHERE id = ?"
            db.executemany(query, [(applied_on, row_id) for row_id in rows])
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


def _drop_oldest(db: sqlite3.Connection, count: int) -> None:
    # Those that a drain has applied come first: their effects are in a snapshot.
    query = "SELECT id FROM rows WHERE state = 'applied' ORDER BY applied_on = '', id LIMIT ?"
    db.execute(f"DELETE FROM rows WHERE id IN ({query})", (count,))  # noqa: S608
    facts.put(db, facts.UNFENCED_DROPPED, str(int(facts.get(db, facts.UNFENCED_DROPPED) or 0) + count))
