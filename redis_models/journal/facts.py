"""Small facts beside the rows, by name; shared by the processes of a host."""

import sqlite3

DATABASE_EXPECTED = "database_meant"
"""The id of the database that the rows are meant for."""
DATABASE_REACHED = "database_reached"
"""The id of the database that was reached last."""
DURABILITY = "durability"
"""Whether what Redis takes is proven to be kept, or why not."""
HOST = "host"
"""The random id of this data dir, by which it confirms erasures."""
LAST_REPLAY_MS = "last_replay_ms"
UNFENCED_DROPPED = "unfenced_dropped"


def get(db: sqlite3.Connection, name: str) -> str:
    """Return the fact; empty where it was never put."""
    row = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""


def put(db: sqlite3.Connection, name: str, value: str) -> None:
    """Keep the fact in place of an earlier one."""
    db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
