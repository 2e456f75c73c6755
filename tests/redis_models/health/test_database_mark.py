"""Rows are applied only to the database for which they were written."""

from dataclasses import replace

import pytest

from redis_models.errors import WrongDatabase
from redis_models.health import database_mark
from redis_models.journal import journal
from redis_models.replay import drain


@pytest.fixture
def embedded(settings):
    settings.REDIS_ENDPOINT = replace(settings.REDIS_ENDPOINT, variable="AIRA_DATA_DIR")


def mark(valkey):
    return valkey.client.get("aira:database")


def test_a_database_without_a_mark_gets_one_that_stays(valkey):
    first = database_mark.verify_identity(journal())
    assert first == mark(valkey) == database_mark.verify_identity(journal())
    assert journal().rows.database == database_mark.id_of(first)


def test_an_existing_mark_is_kept(valkey):
    valkey.client.set("aira:database", "abc.1")
    assert database_mark.verify_identity(journal()) == "abc.1"


def test_another_database_gets_no_rows_until_it_is_adopted(valkey, keep, plan_write, status):
    drain.drain()
    keep(plan_write())
    valkey.client.set("aira:database", "another.1")
    assert "not the one" in drain.drain().stopped_by
    assert not valkey.client.exists("user:u1:profile")
    assert (journal().admin.elsewhere(), status().pending) == (1, 1)
    assert database_mark.adopt(journal()) == 1
    assert drain.drain().applied == 1
    assert journal().admin.elsewhere() == 0


def test_a_database_that_lost_its_mark_gets_no_rows_until_it_is_adopted(valkey, keep, plan_write):
    was = database_mark.id_of(database_mark.verify_identity(journal()))
    keep(plan_write())
    valkey.client.flushall()
    with pytest.raises(WrongDatabase, match="lost its mark"):
        database_mark.verify_identity(journal())
    assert mark(valkey) is None
    assert database_mark.adopt(journal()) == 0
    assert database_mark.id_of(mark(valkey)) == was
    assert drain.drain().applied == 1


def test_an_emptied_embedded_database_keeps_its_id_and_gets_a_new_mark(valkey, embedded):
    before = database_mark.verify_identity(journal())
    valkey.client.flushall()
    after = database_mark.verify_identity(journal())
    assert database_mark.id_of(after) == database_mark.id_of(before)
    assert after != before
