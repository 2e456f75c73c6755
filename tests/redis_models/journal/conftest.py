"""Fixtures for tests of the journal: a journal in its own folder."""

import pytest

from redis_models.journal import Journal
from redis_models.journal.store import Store


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
