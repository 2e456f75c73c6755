"""The journal's rows for the drain: find due rows, and settle them."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from redis_models import trace
from redis_models.errors import JournalFull
from redis_models.journal import facts, owners
from redis_models.journal.clock import now_ms
from redis_models.journal.rows import BODY, COLUMNS, DELETION, MAX_UNFENCED, MAX_UNFENCED_BYTES, Row, row_from
from redis_models.journal.snapshots import forget, put
from redis_models.journal.store import Store
from redis_models.journal.tables import DAMAGED, TOO_OLD, State
from redis_models.schema.snapshot import Snapshot

MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000
BYTES_AT_ONCE = 16 * 1024 * 1024
NOTHING: Mapping[str, Sequence[str]] = MappingProxyType({})
_DUE = "redis_models.journal.queue.Queue.due"


@dataclass(frozen=True, slots=True)
class Due:
    """Due rows in the order of their ids, and the id up to which the rows were searched."""

    rows: list[Row]
    last_id: int


class Queue:
    """The rows for the drain. Every method raises JournalUnavailable if the file cannot be used."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.turn = store.replay_turn

    def is_needed(self) -> bool:
        """Return whether there are rows other than dead letters."""
        return self._has_rows("state <> 'set aside'")

    def is_urgent(self) -> bool:
        """Return whether there are pending rows; applied rows need no drain at once."""
        return self._has_rows("state = 'pending'")

    def _has_rows(self, condition: str) -> bool:
        with self._store.reading() as db:
            return db.execute(f"SELECT 1 FROM totals WHERE rows > 0 AND {condition}").fetchone() is not None  # noqa: S608

    def due(self, database: str, *, after: int, most: int, known_on: Sequence[str] = ()) -> Due | None:
        """Return the next due rows for the database with an id above `after`; None if none are left.

        Due are pending rows, applied rows, and in-flight rows whose process has ended or whose deadline has passed,
        except applied rows that were last applied on one of the servers in `known_on`. Damaged rows, and pending rows
        older than 7 days, become dead letters. An in-flight row of that kind whose write is not deferrable is never
        returned: it is dropped, unless its request has noted it as applied since it was read.
        """
        trace.note(_DUE, "reads")
        found = self._found(database, after=after, most=most, known_on=known_on)
        rows = [(row_id, row_from((row_id, *rest)), owner, ends_ms) for row_id, *rest, owner, ends_ms in found]
        dead = {row_id: reason for row_id, row, *_ in rows if (reason := _unfit(row))}
        ready = [row for row_id, row, *process in rows if row and row_id not in dead and _is_ready(row, *process)]
        trace.note(_DUE, "read", rows={row.id: row.state for row in ready})
        self.add_dead_letters(dead)
        self._drop_abandoned([row.id for row in ready if _is_void(row)])
        return Due([row for row in ready if not _is_void(row)], last_id=found[-1][0]) if found else None

    def _found(self, database: str, *, after: int, most: int, known_on: Sequence[str]) -> list[tuple[Any, ...]]:
        query = (
            f"SELECT {COLUMNS}, owner, deadline_ms FROM rows WHERE id > ? AND state <> 'set aside'"  # noqa: S608
            f" AND database IN ('', ?) AND (state <> 'applied' OR applied_on NOT IN ({','.join('?' * len(known_on))}))"
            " ORDER BY id LIMIT ?"
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

    def _drop_abandoned(self, rows: Sequence[int]) -> None:
        query = f"{DELETION} AND state = 'in flight'"
        if rows:
            self._store.remove(lambda db: db.executemany(query, [(row_id,) for row_id in rows]))

    def add_dead_letters(self, reasons: Mapping[int, str]) -> None:
        """Make rows dead letters, with the reason (by row id)."""
        if not reasons:
            return
        query = "UPDATE rows SET state = 'set aside', reason = ? WHERE id = ?"
        self._store.remove(lambda db: db.executemany(query, [(reason, row_id) for row_id, reason in reasons.items()]))

    def settle(
        self,
        proven: Sequence[int],
        unproven: Mapping[int, str],
        snapshots: Mapping[str, Snapshot],
        stale: Mapping[str, Sequence[str]] = NOTHING,
        *,
        since: int = 0,
    ) -> bool:
        """Drop the `proven` rows (by id) and keep newer snapshots of their users (by id), in one transaction.

        `since` is what `Snapshots.forgotten` returned before the snapshots were read. If users were forgotten since,
        nothing is done, and False is returned.

        The `unproven` rows (by id) stay as applied, with the servers that applied them. `stale` are parts (by user id)
        that were written to and are not in the snapshots: their kept snapshots are removed. On a full disk no snapshots
        are kept, and there may be several transactions.
        """

        def change(db: sqlite3.Connection) -> bool:
            if snapshots and facts.forgotten(db) != since:
                return False
            db.executemany(DELETION, [(row_id,) for row_id in proven])
            query = "UPDATE rows SET state = 'applied', applied_on = ? WHERE id = ?"
            db.executemany(query, [(applied_on, row_id) for row_id, applied_on in unproven.items()])
            forget(db, stale)
            put(db, snapshots)
            facts.put(db, facts.LAST_REPLAY_MS, str(now_ms()))
            return True

        try:
            return self._store.remove(change)
        except JournalFull:
            if not snapshots and len(proven) <= 1:
                raise
            # Without snapshots, and with fewer rows, it needs less of the disk. Older snapshots must not stay.
            unkept = {user_id: [part.name for part in kept.parts] for user_id, kept in snapshots.items()}
            gone = {user_id: [*stale.get(user_id, ()), *unkept.get(user_id, ())] for user_id in {*stale, *unkept}}
            half = (len(proven) + 1) // 2
            self.settle(proven[:half], unproven, {}, gone)
            return self.settle(proven[half:], {}, {})

    def trim(self) -> int:
        """Drop the oldest applied rows above the limits, count them for the status, and return how many."""
        with self._store.reading() as db:
            rows, size = db.execute("SELECT rows, bytes FROM totals WHERE state = 'applied'").fetchone()
        excess = max(rows - MAX_UNFENCED, -(-(size - MAX_UNFENCED_BYTES) * rows // max(size, 1)), 0)
        if excess:
            self._store.remove(lambda db: _drop_oldest(db, excess))
        return int(excess)


def _unfit(row: Row | None) -> str:
    """Return why the row becomes a dead letter, or an empty string; None is a damaged row."""
    if row is None:
        return DAMAGED
    return TOO_OLD if row.state is State.PENDING and row.appended_ms < now_ms() - MAX_AGE_MS else ""


def _is_ready(row: Row, owner: str, ends_ms: int) -> bool:
    """Return whether no request is working on the row."""
    return row.state is not State.IN_FLIGHT or ends_ms < now_ms() or owners.is_gone(owner)


def _is_void(row: Row) -> bool:
    """Return whether the row's write is not deferrable and was never acknowledged."""
    return row.state is State.IN_FLIGHT and not row.write.deferrable


def _drop_oldest(db: sqlite3.Connection, count: int) -> None:
    # Rows that a drain has applied are dropped first: their effects are in a snapshot.
    query = "SELECT id FROM rows WHERE state = 'applied' ORDER BY applied_on = '', id LIMIT ?"
    db.execute(f"DELETE FROM rows WHERE id IN ({query})", (count,))  # noqa: S608
    facts.put(db, facts.UNFENCED_DROPPED, str(int(facts.get(db, facts.UNFENCED_DROPPED) or 0) + count))
