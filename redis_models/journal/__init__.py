"""The local journal (SQLite): writes until Redis is proven to keep them, and the last snapshots of users.

A row is dropped in the transaction that keeps a newer snapshot of its user, so data that was shown never disappears.
A row that cannot be applied becomes a dead letter: it stays visible and is not tried again.
"""

from pathlib import Path

from django.conf import settings

from redis_models.host import state as host_state
from redis_models.journal.admin import Admin, Status
from redis_models.journal.erasure import Erasure
from redis_models.journal.folds import Folds
from redis_models.journal.mark_notes import MarkNotes, Waiting
from redis_models.journal.queue import Queue
from redis_models.journal.revocations.ended import Ended
from redis_models.journal.revocations.rotations import Rotations
from redis_models.journal.rows import Row, Rows
from redis_models.journal.snapshots import Snapshots
from redis_models.journal.store import Store
from redis_models.journal.tables import State

__all__ = ["Journal", "Row", "State", "Status", "Waiting", "close_all", "journal"]


class Journal:
    """The interfaces to one journal file: for requests, the drain, shadows, operators, erasures, the mark, sessions."""

    def __init__(self, store: Store) -> None:
        self.rows = Rows(store)
        self.queue = Queue(store)
        self.snapshots = Snapshots(store)
        self.folds = Folds(store)
        self.admin = Admin(store)
        self.erasure = Erasure(store)
        self.mark = MarkNotes(store)
        self.ended = Ended(store)
        self.rotations = Rotations(store)
        self.flush = store.flush
        self.reserve_space = store.reserve_space
        self.close = store.close


class _Journals:
    """A host's journals by directory (None: in memory); only one, unless the settings change."""

    def __init__(self) -> None:
        self.by_directory: dict[Path | None, Journal] = {}


def journal() -> Journal:
    """Return the host's journal, as the settings define it."""
    directory = None if settings.AIRA_JOURNAL == "memory" else settings.AIRA_DATA_DIR
    known = host_state(_Journals).by_directory
    return known.get(directory) or known.setdefault(directory, Journal(Store(directory)))


def close_all() -> None:
    """Close the host's journals; the next use opens them again."""
    for kept in host_state(_Journals).by_directory.values():
        kept.close()
