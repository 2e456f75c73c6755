"""The journal's tables. Triggers keep `totals` up to date with `rows`, so limits and the status need no scan.

A row that Redis takes at once is in one index only, that of its user: each further index costs a commit another page.
"""

import hashlib
import sqlite3
from contextlib import closing
from enum import StrEnum
from functools import cache

from redis_models.errors import JournalUnavailable
from redis_models.journal.damage.signs import JournalDamaged

VERSION = 3


class State(StrEnum):
    """The state of a row; see `redis_models.journal.rows`."""

    IN_FLIGHT = "in flight"
    PENDING = "pending"
    APPLIED = "applied"
    DEAD_LETTER = "set aside"


DAMAGED, TOO_OLD = "damaged", "older than 7 days"
"""The journal's own reasons to make a row a dead letter; any other is a reply's, and may hold words of a user."""

_TABLES = """
CREATE TABLE IF NOT EXISTS rows (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, claim TEXT NOT NULL, state TEXT NOT NULL,
    owner TEXT NOT NULL, deadline_ms INTEGER NOT NULL, database TEXT NOT NULL, applied_on TEXT NOT NULL DEFAULT '',
    body BLOB NOT NULL, checksum BLOB NOT NULL, appended_ms INTEGER NOT NULL, reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS rows_by_user ON rows (user_id, state, id);
DROP INDEX IF EXISTS rows_by_state;
CREATE INDEX IF NOT EXISTS rows_waiting ON rows (id) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS rows_aside ON rows (id) WHERE state = 'set aside';
CREATE INDEX IF NOT EXISTS rows_by_claim ON rows (claim) WHERE claim <> '';
CREATE TABLE IF NOT EXISTS snapshots (
    user_id TEXT NOT NULL, part TEXT NOT NULL, taken_ms INTEGER NOT NULL, body BLOB NOT NULL, checksum BLOB NOT NULL,
    PRIMARY KEY (user_id, part)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS snapshots_by_time ON snapshots (taken_ms);
CREATE TABLE IF NOT EXISTS ended (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, until_ms INTEGER NOT NULL,
    told_us INTEGER NOT NULL, learned_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS ended_by_time ON ended (learned_ms);
CREATE TABLE IF NOT EXISTS rotations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL UNIQUE, generation INTEGER NOT NULL,
    rotated_ms INTEGER NOT NULL, request TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS rotations_by_time ON rotations (rotated_ms);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS totals (
    state TEXT PRIMARY KEY, rows INTEGER NOT NULL, bytes INTEGER NOT NULL
) WITHOUT ROWID;
INSERT OR IGNORE INTO totals VALUES ('in flight', 0, 0), ('pending', 0, 0), ('applied', 0, 0), ('set aside', 0, 0);
CREATE TRIGGER IF NOT EXISTS row_came AFTER INSERT ON rows BEGIN
    UPDATE totals SET rows = rows + 1, bytes = bytes + length(NEW.body) WHERE state = NEW.state;
END;
CREATE TRIGGER IF NOT EXISTS row_went AFTER DELETE ON rows BEGIN
    UPDATE totals SET rows = rows - 1, bytes = bytes - length(OLD.body) WHERE state = OLD.state;
END;
CREATE TRIGGER IF NOT EXISTS row_moved AFTER UPDATE OF state ON rows BEGIN
    UPDATE totals SET rows = rows - 1, bytes = bytes - length(OLD.body) WHERE state = OLD.state;
    UPDATE totals SET rows = rows + 1, bytes = bytes + length(NEW.body) WHERE state = NEW.state;
END;
"""

_FOLD_OF_ROW = """\
DELETE FROM folds WHERE user_id = OLD.user_id
        AND OLD.id <= (SELECT last_row FROM folds WHERE user_id = OLD.user_id AND part = '');"""
_FOLDS = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS folds (
    user_id TEXT NOT NULL, part TEXT NOT NULL, last_row INTEGER NOT NULL, pending INTEGER NOT NULL, body BLOB NOT NULL,
    checksum BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS folds_by_part ON folds (user_id, part);
CREATE TRIGGER IF NOT EXISTS row_of_fold_went AFTER DELETE ON rows BEGIN
    {_FOLD_OF_ROW}
END;
CREATE TRIGGER IF NOT EXISTS row_of_fold_moved AFTER UPDATE OF state ON rows BEGIN
    {_FOLD_OF_ROW}
END;
CREATE TRIGGER IF NOT EXISTS snapshot_of_fold_came AFTER INSERT ON snapshots BEGIN
    DELETE FROM folds WHERE user_id = NEW.user_id;
END;
CREATE TRIGGER IF NOT EXISTS snapshot_of_fold_changed AFTER UPDATE ON snapshots BEGIN
    DELETE FROM folds WHERE user_id = NEW.user_id;
END;
CREATE TRIGGER IF NOT EXISTS snapshot_of_fold_went AFTER DELETE ON snapshots BEGIN
    DELETE FROM folds WHERE user_id = OLD.user_id;
END;
COMMIT;
"""  # noqa: S608
"""Added after version 2 without a new version, so that the release before opens the file, too.

That release never reads folds, and its changes remove them, because triggers belong to the file.
"""

_OUR_QUERIES = (
    "SELECT id, user_id, claim, state, owner, deadline_ms, database, applied_on FROM rows LIMIT 0",
    "SELECT body, checksum, appended_ms, reason FROM rows LIMIT 0",
    "SELECT user_id, part, taken_ms, body, checksum FROM snapshots LIMIT 0",
    "SELECT id, name, until_ms, told_us, learned_ms FROM ended LIMIT 0",
    "SELECT id, session, generation, rotated_ms, request FROM rotations LIMIT 0",
    "SELECT name, value FROM facts LIMIT 0",
    "SELECT state, rows, bytes FROM totals LIMIT 0",
    "SELECT user_id, part, last_row, pending, body, checksum FROM folds LIMIT 0",
)
_SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
"""Damage in these texts shows in no query: another index or trigger would be used or run without an error."""
_RECOUNT = """
UPDATE totals SET
    rows = (SELECT COUNT(*) FROM rows WHERE rows.state = totals.state),
    bytes = (SELECT IFNULL(SUM(LENGTH(body)), 0) FROM rows WHERE rows.state = totals.state)
"""


def prepare(db: sqlite3.Connection) -> None:
    """Create missing tables; raises JournalUnavailable if the file is of a newer release."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise JournalUnavailable(
            "The journal was written by a newer release; start that release, or move the file away."
        )
    if version < VERSION:
        db.executescript(_TABLES)
        db.execute(f"PRAGMA user_version = {VERSION}")
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'folds'").fetchone() is None:
        db.executescript(_FOLDS)


@cache
def _our_schema() -> frozenset[tuple[str, str, str]]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(_TABLES + _FOLDS)
        return frozenset(db.execute(_SCHEMA))


def verify(db: sqlite3.Connection) -> None:
    """Raise JournalDamaged or sqlite3.Error if there is damage that rows' checksums do not show; recount the totals."""
    for query in _OUR_QUERIES:
        db.execute(query)
    if not _our_schema() <= set(db.execute(_SCHEMA)):
        raise JournalDamaged("The journal's file has other indexes or triggers than this program makes.")
    # Not quick_check: it does not find an index that misses a row, which would then never be due.
    if db.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        raise JournalDamaged("The journal's file is damaged.")
    db.execute(_RECOUNT)


def checksum_of(body: bytes, *others: str | int) -> bytes:
    """Return the checksum over the values of a row that must not change: its body, and those stored beside it."""
    digest = hashlib.blake2b("".join(f"{each}\0" for each in others).encode(), digest_size=8)
    digest.update(body)
    return digest.digest()
