"""Adopting a database, and what other hosts do then."""

import pytest

from redis_models.errors import WrongDatabase
from redis_models.health.database_mark import verify_identity
from redis_models.journal import Journal, State, journal
from redis_models.journal.store import Store
from redis_models.replay.adoption import adopt, adopt_without, offer
from redis_models.replay.mark_proof import prove
from redis_models.schema.mark import id_of


@pytest.fixture
def other(valkey, tmp_path):
    """The journal of another host of the database."""
    made = Journal(Store(tmp_path / "other"))
    yield made
    made.close()


@pytest.fixture
def emptied(valkey, other):
    """A database that both hosts know and that was emptied; return its former mark."""
    for kept in (journal(), other):
        prove(kept, verify_identity(kept))
    mark = valkey.client.get("aira:database")
    valkey.client.flushall()
    return mark


def test_there_is_nothing_to_adopt_unless_the_database_is_refused(valkey):
    assert offer(journal()) is None
    assert verify_identity(journal()) == "tests.1"


def test_an_empty_database_that_nobody_knows_is_marked_and_not_asked_about(valkey):
    valkey.client.flushall()
    assert offer(journal()) is None
    assert valkey.client.exists("aira:database")


def test_an_adopted_database_has_its_id_and_a_new_epoch_which_is_proven(emptied, valkey):
    assert "lost its mark" in offer(journal()).reason
    adopt(journal())
    mark = valkey.client.get("aira:database")
    assert id_of(mark) == id_of(emptied)
    assert mark != emptied
    assert journal().mark.noted().proven_id == id_of(mark)


def test_after_an_adoption_other_hosts_apply_their_rows_again_by_themselves(emptied, other, plan_write):
    row_id = other.rows.keep(plan_write(), row_id=None)
    other.queue.settle([], {row_id: ""}, {})
    adopt(journal())
    verify_identity(other)
    (row,) = other.rows.by_id([row_id])
    assert row.state is State.PENDING


def test_if_it_was_emptied_on_purpose_other_hosts_ask_too(emptied, other):
    adopt_without(journal(), [])
    with pytest.raises(WrongDatabase, match="not the one"):
        verify_identity(other)
    adopt_without(other, [])
    assert verify_identity(other) == verify_identity(journal())


def test_rows_kept_while_the_rows_are_dropped_stay(emptied, keep, plan_write, status):
    keep(plan_write())
    seen = [row.id for row in journal().mark.undamaged()]
    keep(plan_write("u2"))
    adopt_without(journal(), seen)
    assert status().pending == 1
