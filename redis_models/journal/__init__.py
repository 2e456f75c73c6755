"""The local journal (SQLite): writes that wait for Redis, writes that were set aside, and the users' last snapshots.

A row is pending until it was applied, and then leaves in the transaction that keeps a newer snapshot of its user, so
that what was shown once never disappears. A row that the server cannot apply is set aside: visible, not tried again.
"""

from functools import cache
from pathlib import Path

from django.conf import settings

from redis_models.journal.rows import Journal, Row, Status
from redis_models.journal.store import Store

__all__ = ["Journal", "Row", "Status", "journal"]


@cache
def _journal_at(directory: Path | None) -> Journal:
    return Journal(Store(directory))


def journal() -> Journal:
    """Return the process's journal, by the settings."""
    return _journal_at(None if settings.AIRA_JOURNAL == "memory" else settings.AIRA_DATA_DIR)
