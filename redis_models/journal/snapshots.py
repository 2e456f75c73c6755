"""The last snapshots of users, shared by the processes of a host. Bounded: the oldest parts are dropped."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from redis_models.journal import facts
from redis_models.journal.rows import ids_of
from redis_models.journal.store import Store
from redis_models.journal.tables import State, checksum_of
from redis_models.schema.parts import OWN_PART
from redis_models.schema.snapshot import Part, Snapshot
from texts.typed_json import decoder

PARTS_AT_MOST = 20_000
PART_MAX_BYTES = 4 * 1024 * 1024
_PUT = (
    "INSERT INTO snapshots VALUES (?, ?, ?, ?, ?) ON CONFLICT (user_id, part) DO UPDATE"
    " SET taken_ms = excluded.taken_ms, body = excluded.body, checksum = excluded.checksum"
    " WHERE excluded.taken_ms >= snapshots.taken_ms"
)


@dataclass(frozen=True, slots=True)
class View:
    """One user's snapshots and rows at one moment: when each part was taken (ms), and the ids of rows to apply to it.

    `shown` are pending rows, applied rows, which the snapshot may not include yet, and in-flight rows, which a process
    may have acknowledged but not marked yet.
    """

    taken_ms: Mapping[str, int]
    shown: tuple[int, ...]


class Snapshots:
    """The kept snapshots. Every method raises JournalUnavailable if the file cannot be used."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def forgotten(self) -> int:
        """Return how often this host has forgotten users; ask before a snapshot is read that is to be kept."""
        with self._store.reading() as db:
            return facts.forgotten(db)

    def keep(self, snapshots: Mapping[str, Snapshot], *, since: int) -> bool:
        """Keep the snapshots (by user id) in place of older ones of the same parts.

        `since` is what `forgotten` returned before they were read. If users were forgotten since, they may hold what
        was erased: none is kept, and False is returned.
        """

        def change(db: sqlite3.Connection) -> bool:
            is_kept = facts.forgotten(db) == since
            if is_kept:
                put(db, snapshots)
            return is_kept

        return self._store.commit(change)

    def view(self, user_id: str) -> View:
        """Return which parts and rows of the user are kept."""
        query = "SELECT part, taken_ms FROM snapshots WHERE user_id = ?"
        with self._store.reading() as db:
            shown = ids_of(db, user_id, (State.PENDING, State.APPLIED, State.IN_FLIGHT))
            return View(dict(db.execute(query, (user_id,)).fetchall()), tuple(shown))

    def get(self, user_id: str, parts: Sequence[str]) -> Snapshot | None:
        """Return the kept, undamaged parts among `parts`; None if the user's own part is not one of them."""
        with self._store.reading() as db:
            whole = parts_from(db, user_id, parts)
        return Snapshot(whole) if whole else None


def parts_from(db: sqlite3.Connection, user_id: str, parts: Sequence[str]) -> tuple[Part, ...]:
    """Return the kept, undamaged parts among `parts`; none if the user's own part is not one of them."""
    query = "SELECT body, checksum FROM snapshots WHERE user_id = ? AND part = ?"
    found = [row for part in sorted(parts) for row in db.execute(query, (user_id, part))]
    whole = tuple(decoder(Part).decode(body) for body, checksum in found if checksum_of(body) == checksum)
    return whole if any(part.name == OWN_PART for part in whole) else ()


def put(db: sqlite3.Connection, snapshots: Mapping[str, Snapshot]) -> None:
    """Keep the snapshots' parts (by user id) in place of older ones; drop the oldest parts above the limit."""
    for user_id, snapshot in snapshots.items():
        for part in snapshot.parts:
            _put_part(db, user_id, part)
    oldest = "SELECT user_id, part FROM snapshots ORDER BY taken_ms DESC LIMIT -1 OFFSET ?"
    db.execute(f"DELETE FROM snapshots WHERE (user_id, part) IN ({oldest})", (PARTS_AT_MOST,))  # noqa: S608


def forget(db: sqlite3.Connection, parts: Mapping[str, Sequence[str]]) -> None:
    """Remove the kept snapshots of these parts (by user id)."""
    gone = [(user_id, part) for user_id, names in parts.items() for part in names]
    db.executemany("DELETE FROM snapshots WHERE user_id = ? AND part = ?", gone)


def _put_part(db: sqlite3.Connection, user_id: str, part: Part) -> None:
    """Keep the part unless a newer one is kept; a part that is too large only removes an older one."""
    body = msgspec.json.encode(part)
    if len(body) > PART_MAX_BYTES:
        older = "DELETE FROM snapshots WHERE user_id = ? AND part = ? AND taken_ms <= ?"
        db.execute(older, (user_id, part.name, part.taken_ms))
        return
    db.execute(_PUT, (user_id, part.name, part.taken_ms, body, checksum_of(body)))
