"""The journal's contents: rows that wait, rows that were set aside, and the users' last snapshots."""

import hashlib
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from redis_models.errors import Conflict
from redis_models.journal.store import Store
from redis_models.snapshot import Snapshot
from redis_models.write import Write

SNAPSHOTS_AT_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """A kept write; `set_aside` is why it is not tried again, or empty while it waits."""

    id: int
    write: Write
    appended_ms: int
    set_aside: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """How the journal stands. `last_replay_ms` is 0 where none has run; ages are whole seconds."""

    mode: str
    is_durable: bool
    pending: int
    set_aside: int
    oldest_age_s: int
    last_replay_ms: int


class Journal:
    """The rows and snapshots in one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.replay_turn = store.replay_turn
        self.close = store.close

    def append(self, write: Write) -> None:
        """Keep the write durably; raises JournalUnavailable, or Conflict where its claim is another waiting write's."""
        kept = replace(write, acknowledged=True)
        body = msgspec.json.encode(kept)
        with self._store.transaction() as db:
            self._check_claim(db, kept)
            db.execute(
                "INSERT INTO rows (user_id, claim, body, checksum, appended_ms) VALUES (?, ?, ?, ?, ?)",
                (kept.user_id, kept.claim, body, _checksum(body), _now_ms()),
            )

    def _check_claim(self, db: sqlite3.Connection, write: Write) -> None:
        if not write.claim:
            return
        query = (
            "SELECT claim FROM rows WHERE set_aside IS NULL AND claim <> '' AND (claim = ?) <> (user_id = ?) LIMIT 1"
        )
        other = db.execute(query, (write.claim, write.user_id)).fetchone()
        if other is not None:
            raise Conflict("Email is already registered")

    def claimant(self, claim: str) -> str | None:
        """Return the id of the user whose waiting write holds the claim."""
        query = "SELECT user_id FROM rows WHERE set_aside IS NULL AND claim = ? LIMIT 1"
        with self._store.reading() as db:
            row = db.execute(query, (claim,)).fetchone()
        return row[0] if row else None

    def ids_waiting(self, user_id: str) -> list[int]:
        """Return the ids of the user's pending rows, oldest first."""
        query = "SELECT id FROM rows WHERE user_id = ? AND set_aside IS NULL ORDER BY id"
        with self._store.reading() as db:
            return [row_id for (row_id,) in db.execute(query, (user_id,))]

    def waiting(self, user_id: str, *, after: int = 0) -> list[Row]:
        """Return the user's pending rows with an id greater than `after`, oldest first; damaged ones are set aside."""
        query = (
            "SELECT id, body, checksum, appended_ms FROM rows"
            " WHERE user_id = ? AND id > ? AND set_aside IS NULL ORDER BY id"
        )
        with self._store.transaction() as db:
            found = db.execute(query, (user_id, after)).fetchall()
            for row_id, body, checksum, _ in found:
                if _checksum(body) != checksum:
                    db.execute("UPDATE rows SET set_aside = 'damaged' WHERE id = ?", (row_id,))
        return [
            Row(row_id, msgspec.json.decode(body, type=Write), appended_ms)
            for row_id, body, checksum, appended_ms in found
            if _checksum(body) == checksum
        ]

    def users_waiting(self) -> list[str]:
        """Return the ids of users with pending rows, the longest waiting first."""
        with self._store.reading() as db:
            query = "SELECT user_id FROM rows WHERE set_aside IS NULL GROUP BY user_id ORDER BY MIN(id)"
            return [user_id for (user_id,) in db.execute(query)]

    def rows_set_aside(self) -> list[Row]:
        """Return what is not tried again, with the reason; damaged rows cannot be read, the status counts them."""
        query = "SELECT id, body, appended_ms, set_aside FROM rows WHERE set_aside <> 'damaged' ORDER BY id"
        with self._store.reading() as db:
            return [
                Row(row_id, msgspec.json.decode(body, type=Write), appended_ms, reason)
                for row_id, body, appended_ms, reason in db.execute(query)
            ]

    def set_aside(self, row: Row, reason: str) -> None:
        """Take the row out of the replay and keep it, with the reason."""
        with self._store.transaction() as db:
            db.execute("UPDATE rows SET set_aside = ? WHERE id = ?", (reason, row.id))

    def settle(self, applied: Sequence[Row], snapshots: Mapping[str, Snapshot]) -> None:
        """Drop applied rows and keep newer snapshots (by user id), both or neither."""
        with self._store.transaction() as db:
            db.executemany("DELETE FROM rows WHERE id = ?", [(row.id,) for row in applied])
            for user_id, snapshot in snapshots.items():
                self._keep(db, user_id, snapshot)
            if applied:
                db.execute("INSERT OR REPLACE INTO facts VALUES ('last_replay_ms', ?)", (str(_now_ms()),))

    def _keep(self, db: sqlite3.Connection, user_id: str, snapshot: Snapshot) -> None:
        body = msgspec.json.encode(snapshot)
        db.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)", (user_id, snapshot.taken_ms, body))
        newest = "SELECT user_id FROM snapshots ORDER BY taken_ms DESC LIMIT -1 OFFSET ?"
        db.execute(f"DELETE FROM snapshots WHERE user_id IN ({newest})", (SNAPSHOTS_AT_MOST,))  # noqa: S608

    def snapshot(self, user_id: str) -> Snapshot | None:
        """Return the user's last complete snapshot."""
        with self._store.reading() as db:
            row = db.execute("SELECT body FROM snapshots WHERE user_id = ?", (user_id,)).fetchone()
        return msgspec.json.decode(row[0], type=Snapshot) if row else None

    def forget(self, user_id: str) -> None:
        """Remove everything kept of an erased user."""
        with self._store.transaction() as db:
            db.execute("DELETE FROM rows WHERE user_id = ?", (user_id,))
            db.execute("DELETE FROM snapshots WHERE user_id = ?", (user_id,))

    def status(self) -> Status:
        """Return counts and ages; raises JournalUnavailable."""
        with self._store.reading() as db:
            pending, set_aside, oldest_ms = db.execute(
                "SELECT COUNT(*) FILTER (WHERE set_aside IS NULL), COUNT(set_aside),"
                " MIN(appended_ms) FILTER (WHERE set_aside IS NULL) FROM rows"
            ).fetchone()
            replayed = db.execute("SELECT value FROM facts WHERE name = 'last_replay_ms'").fetchone()
        age_s = (_now_ms() - oldest_ms) // 1000 if oldest_ms else 0
        is_durable = self._store.directory is not None
        return Status(
            mode="on_failure" if is_durable else "memory",
            is_durable=is_durable,
            pending=pending,
            set_aside=set_aside,
            oldest_age_s=age_s,
            last_replay_ms=int(replayed[0]) if replayed else 0,
        )

    def prove_writable(self) -> None:
        """Write something and take it back; raises JournalUnavailable."""
        with self._store.transaction() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES ('proof', ?)", (str(_now_ms()),))
            db.execute("DELETE FROM facts WHERE name = 'proof'")


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=8).digest()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
