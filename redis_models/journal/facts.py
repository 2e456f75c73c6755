"""Small named values in the journal, shared by the processes of a host."""

import sqlite3

DATABASE_EXPECTED = "database_meant"
"""The id of the database that the rows are for; empty until it is proven to keep its mark."""
DATABASE_COPIED = "database_copied"
"""The id of the database that is proven to keep the copies of its mark; on a cluster only."""
DATABASE_MARK = "database_mark"
"""The mark that was found last of the database that the rows are for."""
DATABASE_REACHED = "database_reached"
"""The id of the database that was reached last."""
DURABILITY = "durability"
"""Whether Redis is proven to keep writes, or why not."""
FORGOTTEN = "forgotten"
"""How often this host has forgotten users. A snapshot that was read at another number is not kept."""
HOST = "host"
"""The random id of this data dir, under which the host confirms erasures."""
LAST_REPLAY_MS = "last_replay_ms"
REPLICAS = "replicas"
"""The beginning of the names under which the most replicas ever seen are stored, by database and primary."""
UNCONFIRMED = "unconfirmed"
"""The beginning of the names under which is stored why a primary's last proof did not come."""
UNFENCED_DROPPED = "unfenced_dropped"
_UNREADABLE = "unreadable"


def get(db: sqlite3.Connection, name: str) -> str:
    """Return the fact; empty if it was never stored."""
    row = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""


def put(db: sqlite3.Connection, name: str, value: str) -> None:
    """Store the fact in place of an earlier one."""
    db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def forgotten(db: sqlite3.Connection) -> int:
    """Return how often this host has forgotten users."""
    return int(get(db, FORGOTTEN) or 0)


def unreadable_in(file: tuple[int, int]) -> str:
    """Return the name of the number of rows that could not be brought back from a damaged file (device and inode).

    One name for each file: several processes, or an operator, may bring back the rows of the same file.
    """
    return f"{_UNREADABLE}:{file[0]}:{file[1]}"


def whole_in(file: tuple[int, int]) -> str:
    """Return the name of the number of rows that are whole in a damaged file (device and inode)."""
    return f"whole:{file[0]}:{file[1]}"


def unreadable_rows(db: sqlite3.Connection) -> int:
    """Return how many rows could not be brought back from damaged files."""
    query = "SELECT IFNULL(SUM(CAST(value AS INTEGER)), 0) FROM facts WHERE name GLOB ?"
    return int(db.execute(query, (f"{_UNREADABLE}:*",)).fetchone()[0])
