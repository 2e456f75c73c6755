"""Remove erased users' data from the journal."""

import sqlite3

import msgspec

from redis_models.journal import facts
from redis_models.journal.rows import DELETION
from redis_models.journal.store import Store
from redis_models.operations.write import Write
from texts.typed_json import decoder


class Erasure:
    """The journal for erasures. Every method raises JournalUnavailable if the file cannot be used."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def users(self) -> set[str]:
        """Return the ids of all users who have rows or snapshots in the journal."""
        query = "SELECT user_id FROM rows UNION SELECT user_id FROM snapshots"
        with self._store.reading() as db:
            return {user_id for (user_id,) in db.execute(query)}

    def forget(self, user_id: str, *, until_ms: int) -> bool:
        """Remove the user's rows written until `until_ms`, damaged rows and snapshots; return whether there were any.

        Later rows stay, because the user may have registered again. Snapshots that were read before are not kept any
        more, as after `outdate_snapshots`.
        """

        def change(db: sqlite3.Connection) -> int:
            _outdate_snapshots(db)
            rows = db.execute("SELECT id, body FROM rows WHERE user_id = ?", (user_id,)).fetchall()
            old = [(row_id,) for row_id, body in rows if _made_at(body) <= until_ms]
            db.executemany(DELETION, old)
            return len(old) + db.execute("DELETE FROM snapshots WHERE user_id = ?", (user_id,)).rowcount

        return self._store.remove(change) > 0

    def outdate_snapshots(self) -> None:
        """Have no snapshot kept that any process of this host has read before, and not kept yet."""
        self._store.remove(_outdate_snapshots)

    def wipe(self) -> bool:
        """Overwrite what deleted rows left in the write-ahead log; return False if the log is in use just now."""
        return self._store.wipe()


def _outdate_snapshots(db: sqlite3.Connection) -> None:
    facts.put(db, facts.FORGOTTEN, str(facts.forgotten(db) + 1))


def _made_at(body: bytes) -> int:
    """Return when the write was made (ms); 0 for a damaged row."""
    try:
        return decoder(Write).decode(body).at
    except msgspec.DecodeError:
        return 0
