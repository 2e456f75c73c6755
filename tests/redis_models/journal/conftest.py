"""Fixtures for tests of the journal: a journal in its own folder."""

import pytest

from redis_models.journal import Journal
from redis_models.journal.store import Store
from tests.redis_models.journal.kept_rows import ROWS, write


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def store(folder):
    made = Store(folder)
    yield made
    made.close()


@pytest.fixture
def kept(store):
    return Journal(store)


@pytest.fixture
def due(kept):
    """Return the rows that are due for a database."""

    def rows(database="", **options):
        found = kept.queue.due(database, **{"after": 0, "most": 100} | options)
        return found.rows if found else []

    return rows


@pytest.fixture
def written(kept):
    """Rows in two states, for a database; every tenth does not fit on one page."""
    kept.rows.database = "d1"
    for number in range(ROWS):
        size = 30_000 if number % 10 == 0 else 40
        if number % 2:
            kept.rows.begin(write(number, size=size), deadline_ms=7)
        else:
            kept.rows.keep(write(number, size=size), row_id=None)
    kept.admin.note("host", "h1")
    return kept
