"""Begin a transaction on a file that other processes use too."""

import sqlite3
import time

from redis_models.budget import seconds_left
from redis_models.journal.group_commit import LOCK_TIMEOUT_S

_BUSY_PAUSE_S = 0.0005


def begin(db: sqlite3.Connection, *statements: str) -> None:
    """Begin a transaction; wait for other processes in short steps (SQLite's own steps grow to 100 ms).

    BEGIN alone takes no lock, so a reader adds a statement that reads. In WAL mode, too, a reader is locked out while
    another process resets or recovers the write-ahead log. Source: https://sqlite.org/wal.html, "Sometimes Queries
    Return SQLITE_BUSY In WAL Mode".
    """
    deadline = time.monotonic() + seconds_left(LOCK_TIMEOUT_S)
    while True:
        try:
            for statement in statements:
                db.execute(statement)
        except sqlite3.OperationalError as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_BUSY_PAUSE_S)
        else:
            return
