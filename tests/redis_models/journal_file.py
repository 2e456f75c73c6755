"""Opens the journal's file as another program would, for changes that the journal does not offer."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings

from redis_models.journal.store import FILE_NAME
from tests.support.waiting import PATIENCE_S


@contextmanager
def opened(directory: Path) -> Iterator[sqlite3.Connection]:
    """Open the journal's file in `directory`."""
    with closing(sqlite3.connect(directory / FILE_NAME, timeout=PATIENCE_S)) as db:
        yield db


def change(statement: str, *values: object) -> None:
    """Run a statement on the journal's file in the configured data dir."""
    with opened(settings.AIRA_DATA_DIR) as db, db:
        db.execute(statement, values)


def version(db: sqlite3.Connection) -> int:
    """Return a number that changes whenever another connection has changed the file."""
    return int(db.execute("PRAGMA data_version").fetchone()[0])
