"""The refresh tokens that this host has replaced, for 30 days, so that it knows used ones while Redis is away."""

import sqlite3
from typing import NamedTuple

from redis_models.journal.revocations.ended import LIFE_MS
from redis_models.journal.store import Store

SESSIONS_AT_MOST = 200_000
_PUT = "INSERT OR REPLACE INTO rotations (session, generation, rotated_ms, request) VALUES (?, ?, ?, ?)"


class Rotation(NamedTuple):
    """The last replacement on this host: the new token's generation, when, and a digest of the request's key."""

    generation: int
    rotated_ms: int
    request: str


class Rotations:
    """The last rotation of each session. Every method raises JournalUnavailable if the file cannot be used."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, session: str, rotation: Rotation) -> None:
        """Keep the rotation durably unless a later one of the session is kept."""

        def change(db: sqlite3.Connection) -> None:
            known = _of(db, session)
            if known is None or known.generation <= rotation.generation:
                db.execute(_PUT, (session, *rotation))
            db.execute("DELETE FROM rotations WHERE rotated_ms <= ?", (rotation.rotated_ms - LIFE_MS,))
            db.execute("DELETE FROM rotations WHERE id <= (SELECT MAX(id) FROM rotations) - ?", (SESSIONS_AT_MOST,))

        self._store.commit(change)

    def of(self, session: str) -> Rotation | None:
        """Return the session's last rotation on this host; None if there was none."""
        with self._store.reading() as db:
            return _of(db, session)


def _of(db: sqlite3.Connection, session: str) -> Rotation | None:
    query = "SELECT generation, rotated_ms, request FROM rotations WHERE session = ?"
    row = db.execute(query, (session,)).fetchone()
    return Rotation(*row) if row else None
