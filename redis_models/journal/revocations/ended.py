"""What was revoked, for 30 days: shared by the processes of a host, and known to them when they start."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from redis_models.journal.clock import now_ms
from redis_models.journal.store import Store

LIFE_MS = 30 * 24 * 60 * 60 * 1000
NAMES_AT_MOST = 200_000
_PUT = (
    "INSERT OR REPLACE INTO ended (name, until_ms, told_us, learned_ms) SELECT :name, :until_ms, :told_us, :learned_ms"
    " WHERE NOT EXISTS (SELECT 1 FROM ended WHERE name = :name AND until_ms >= :until_ms)"
)


class Revocation(NamedTuple):
    """Something is revoked as far as it began up to `until_ms`; `told_us` is 0 if the host did not read it in Redis."""

    name: str
    until_ms: int
    told_us: int = 0


class Entry(NamedTuple):
    """A kept revocation. `id` grows with each change; `learned_ms` is when the host learned of it, by its own clock."""

    id: int
    revocation: Revocation
    learned_ms: int


class Ended:
    """The kept revocations. Every method raises JournalUnavailable if the file cannot be used."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, found: Sequence[Revocation]) -> None:
        """Keep the revocations durably; of two times the later one stays. Does nothing if all are known."""
        with self._store.reading() as db:
            new = [each for each in found if _until_ms(db, each.name) < each.until_ms]
        if new:
            self._store.commit(lambda db: _put(db, new))

    def since(self, last_id: int, *, learned_since_ms: int) -> list[Entry]:
        """Return the entries after `last_id` that the host has learned since then, in the order of their ids."""
        query = "SELECT id, name, until_ms, told_us, learned_ms FROM ended WHERE id > ? AND learned_ms > ? ORDER BY id"
        with self._store.reading() as db:
            rows = db.execute(query, (last_id, learned_since_ms)).fetchall()
        return [Entry(row_id, Revocation(*of_name), learned_ms) for row_id, *of_name, learned_ms in rows]

    def until_ms(self, name: str) -> int:
        """Return the time up to which the name is revoked; 0 if it is not."""
        with self._store.reading() as db:
            return _until_ms(db, name)

    def last_told_us(self) -> int:
        """Return when the newest revocation that the host has read in Redis was told; 0 if it has read none."""
        with self._store.reading() as db:
            return int(db.execute("SELECT IFNULL(MAX(told_us), 0) FROM ended").fetchone()[0])


def _until_ms(db: sqlite3.Connection, name: str) -> int:
    row = db.execute("SELECT until_ms FROM ended WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def _put(db: sqlite3.Connection, new: Sequence[Revocation]) -> None:
    learned_ms = now_ms()
    db.executemany(_PUT, [each._asdict() | {"learned_ms": learned_ms} for each in new])
    db.execute("DELETE FROM ended WHERE learned_ms <= ?", (learned_ms - LIFE_MS,))
    db.execute("DELETE FROM ended WHERE id <= (SELECT MAX(id) FROM ended) - ?", (NAMES_AT_MOST,))
