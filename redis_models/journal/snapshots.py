"""The last known snapshots of users, shared by the workers of a host; bounded: the longest not renewed go."""

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from redis_models.journal.rows import ids_of
from redis_models.journal.state import State
from redis_models.journal.store import Store
from redis_models.schema.snapshot import Part, Snapshot

PARTS_AT_MOST = 20_000
PART_MAX_BYTES = 4 * 1024 * 1024
_PUT = (
    "INSERT INTO snapshots VALUES (?, ?, ?, ?, ?) ON CONFLICT (user_id, part) DO UPDATE"
    " SET taken_ms = excluded.taken_ms, body = excluded.body, checksum = excluded.checksum"
    " WHERE excluded.taken_ms >= snapshots.taken_ms"
)


@dataclass(frozen=True, slots=True)
class View:
    """What is known of one user at one moment: when each part was taken (ms), and the ids of the rows on top of it.

    `pending` are the rows that wait; `shown` are those and the applied ones, which a snapshot may not hold yet, and
    those in flight, of which one may have been acknowledged a moment ago by a process that has not noted it yet.
    """

    taken_ms: Mapping[str, int]
    pending: tuple[int, ...]
    shown: tuple[int, ...]


class Snapshots:
    """The kept snapshots. Every method raises JournalUnavailable where the file cannot be used."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, snapshots: Mapping[str, Snapshot]) -> None:
        """Keep the snapshots (by user id) in place of older ones of the same parts."""
        self._store.commit(lambda db: put(db, snapshots))

    def view(self, user_id: str) -> View:
        """Return which parts and rows are kept of the user."""
        query = "SELECT part, taken_ms FROM snapshots WHERE user_id = ?"
        with self._store.reading() as db:
            shown = ids_of(db, user_id, (State.PENDING, State.APPLIED, State.IN_FLIGHT))
            pending = ids_of(db, user_id, (State.PENDING,))
            return View(dict(db.execute(query, (user_id,)).fetchall()), tuple(pending), tuple(shown))

    def get(self, user_id: str, parts: Sequence[str]) -> Snapshot | None:
        """Return those of the parts that are kept and undamaged; None without the part that is the user's own."""
        marks = ",".join("?" * len(parts))
        query = f"SELECT taken_ms, body, checksum FROM snapshots WHERE user_id = ? AND part IN ({marks})"  # noqa: S608
        with self._store.reading() as db:
            found = db.execute(query, (user_id, *parts)).fetchall()
        whole = [msgspec.json.decode(body, type=Part) for _, body, checksum in found if _checksum(body) == checksum]
        return Snapshot(tuple(whole)) if any(part.name == "" for part in whole) else None


def put(db: sqlite3.Connection, snapshots: Mapping[str, Snapshot]) -> None:
    """Keep the snapshots' parts (by user id) in place of older ones; the parts longest not renewed make room."""
    for user_id, snapshot in snapshots.items():
        for part in snapshot.parts:
            _put_part(db, user_id, part)
    oldest = "SELECT user_id, part FROM snapshots ORDER BY taken_ms DESC LIMIT -1 OFFSET ?"
    db.execute(f"DELETE FROM snapshots WHERE (user_id, part) IN ({oldest})", (PARTS_AT_MOST,))  # noqa: S608


def forget(db: sqlite3.Connection, parts: Mapping[str, Sequence[str]]) -> None:
    """Remove what is kept of these parts (by user id)."""
    gone = [(user_id, part) for user_id, names in parts.items() for part in names]
    db.executemany("DELETE FROM snapshots WHERE user_id = ? AND part = ?", gone)


def _put_part(db: sqlite3.Connection, user_id: str, part: Part) -> None:
    """Keep the part unless a newer one is kept; one that is too large only removes what was kept before."""
    body = msgspec.json.encode(part)
    if len(body) > PART_MAX_BYTES:
        older = "DELETE FROM snapshots WHERE user_id = ? AND part = ? AND taken_ms <= ?"
        db.execute(older, (user_id, part.name, part.taken_ms))
        return
    db.execute(_PUT, (user_id, part.name, part.taken_ms, body, _checksum(body)))


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=8).digest()
