"""Removing what the journal has of people who were erased."""

import sqlite3

import msgspec

from redis_models.journal.store import Store
from redis_models.operations.write import Write


class Erasure:
    """The erasures' side of the journal. Every method raises JournalUnavailable where the file cannot be used."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def users(self) -> set[str]:
        """Return the ids of all users of whom anything is kept."""
        query = "SELECT user_id FROM rows UNION SELECT user_id FROM snapshots"
        with self._store.reading() as db:
            return {user_id for (user_id,) in db.execute(query)}

    def forget(self, user_id: str, *, until_ms: int) -> bool:
        """Remove what the user wrote until then, and all snapshots; return whether there was anything.

        What was written after it stays: the user may have registered again. Damaged rows go.
        """

        def change(db: sqlite3.Connection) -> int:
            rows = db.execute("SELECT id, body FROM rows WHERE user_id = ?", (user_id,)).fetchall()
            old = [(row_id,) for row_id, body in rows if _made_at(body) <= until_ms]
            db.executemany("DELETE FROM rows WHERE id = ?", old)
            return len(old) + db.execute("DELETE FROM snapshots WHERE user_id = ?", (user_id,)).rowcount

        return self._store.commit(change) > 0

    def wipe(self) -> bool:
        """Overwrite what deleted rows left in the file's write-ahead log; return False where it is being read."""
        return self._store.wipe()


def _made_at(body: bytes) -> int:
    """Return when the write was made (ms); 0 for a damaged row."""
    try:
        return msgspec.json.decode(body, type=Write).at
    except msgspec.DecodeError:
        return 0
