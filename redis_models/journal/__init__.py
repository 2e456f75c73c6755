"""The local journal (SQLite): writes before Redis has certainly taken them, and the users' last snapshots.

A row leaves in the transaction that keeps a newer snapshot of its user, so that what was shown once never disappears.
A row that the server cannot apply becomes a dead letter: visible, not tried again.
"""

from pathlib import Path

from django.conf import settings

from redis_models.host import state as host_state
from redis_models.journal.admin import Admin, Status
from redis_models.journal.erasure import Erasure
from redis_models.journal.queue import Queue
from redis_models.journal.rows import Row, Rows
from redis_models.journal.snapshots import Snapshots, View
from redis_models.journal.state import State
from redis_models.journal.store import Store

__all__ = ["Journal", "Row", "State", "Status", "View", "close_all", "journal"]


class Journal:
    """One file, seen by those who use it: requests, the drain, reads without Redis, and operators."""

    def __init__(self, store: Store) -> None:
        self.rows = Rows(store)
        self.queue = Queue(store)
        self.snapshots = Snapshots(store)
        self.admin = Admin(store)
        self.erasure = Erasure(store)
        self.flush = store.flush
        self.close = store.close


class _Journals:
    """A host's journals by directory (None: in memory); it has one, unless the settings change."""

    def __init__(self) -> None:
        self.by_directory: dict[Path | None, Journal] = {}


def journal() -> Journal:
    """Return the host's journal, by the settings."""
    directory = None if settings.AIRA_JOURNAL == "memory" else settings.AIRA_DATA_DIR
    known = host_state(_Journals).by_directory
    return known.get(directory) or known.setdefault(directory, Journal(Store(directory)))


def close_all() -> None:
    """Close the host's journals; the next use opens them again."""
    for kept in host_state(_Journals).by_directory.values():
        kept.close()
