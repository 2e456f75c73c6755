"""The same site with a journal whose commits do not wait for the disk, to measure the cost of that wait."""

import sqlite3

from aira_site.wsgi import application
from redis_models.journal import journal, store

__all__ = ["application"]

_prepared = store._prepared


def _unsynced(db: sqlite3.Connection) -> sqlite3.Connection:
    prepared = _prepared(db)
    prepared.execute("PRAGMA synchronous = OFF")
    return prepared


store._prepared = _unsynced
journal().close()
