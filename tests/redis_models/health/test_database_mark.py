"""The mark: which database is taken, which gets a mark, and what is noted of it."""

import pytest

from redis_models.errors import JournalUnavailable, WrongDatabase
from redis_models.health import database_mark
from redis_models.health.database_mark import verify_identity
from redis_models.host import Host
from redis_models.journal import Journal, State, journal
from redis_models.journal.facts import DATABASE_EXPECTED
from redis_models.journal.mark_notes import MarkNotes
from redis_models.journal.store import Store
from redis_models.replay.mark_proof import prove
from redis_models.schema.mark import id_of
from redis_models.testing import acting_as

MARK = "aira:database"


@pytest.fixture
def unmarked(valkey):
    """A database that no host has marked."""
    valkey.client.delete(MARK)
    return valkey


@pytest.fixture
def proven(valkey):
    """Prove the mark to this process's journal; return the mark."""
    mark = verify_identity(journal())
    prove(journal(), mark)
    assert journal().mark.noted().proven_id == id_of(mark)
    return mark


@pytest.fixture
def host(tmp_path):
    """Return the journal of another host."""
    made = []

    def new(name):
        made.append(Journal(Store(tmp_path / name)))
        return made[-1]

    yield new
    for each in made:
        each.close()


def state_of(row_id):
    (row,) = journal().rows.by_id([row_id])
    return row.state


def test_an_empty_database_gets_a_mark_that_stays(unmarked):
    first = verify_identity(journal())
    assert first == unmarked.client.get(MARK) == verify_identity(journal())


def test_an_existing_mark_is_taken(valkey):
    assert verify_identity(journal()) == valkey.client.get(MARK) == "tests.1"


def test_of_several_hosts_that_find_no_mark_the_first_wins(unmarked, host, monkeypatch):
    """The second host marks the database after the first one found no mark and no users."""
    one, other = host("one"), host("other")
    marks = []

    def be_overtaken():
        monkeypatch.setattr(database_mark, "holds_users", lambda: False)
        marks.append(verify_identity(other))
        return False

    monkeypatch.setattr(database_mark, "holds_users", be_overtaken)
    marks.append(verify_identity(one))
    assert marks[0] == marks[1] == unmarked.client.get(MARK)


@pytest.mark.parametrize("key", ["user:u1:profile", "email:a@example.com:userId"])
def test_a_new_journal_does_not_mark_a_database_with_users(unmarked, key):
    unmarked.client.set(key, "1")
    for _ in range(2):
        with pytest.raises(WrongDatabase, match="holds users and no mark"):
            verify_identity(journal())
    assert not unmarked.client.exists(MARK)


def test_a_mark_that_another_host_wrote_while_users_were_looked_for_is_taken(unmarked, monkeypatch):
    monkeypatch.setattr(database_mark, "holds_users", lambda: unmarked.client.set(MARK, "first.1"))
    assert verify_identity(journal()) == "first.1"


def test_a_mark_that_is_not_proven_is_written_again_with_a_new_epoch(unmarked):
    before = verify_identity(journal())
    unmarked.client.flushall()
    unmarked.client.set("user:u1:profile", "1")
    after = verify_identity(journal())
    assert id_of(after) == id_of(before)
    assert after != before
    assert unmarked.client.get(MARK) == after


def test_a_mark_that_is_not_proven_gives_way_to_another_one(unmarked):
    verify_identity(journal())
    unmarked.client.set(MARK, "another.1")
    assert verify_identity(journal()) == "another.1"


def test_a_proven_mark_that_is_missing_is_a_loss(valkey, proven):
    valkey.client.flushall()
    with pytest.raises(WrongDatabase, match="lost its mark"):
        verify_identity(journal())
    assert not valkey.client.exists(MARK)


def test_in_memory_mode_an_operator_is_told_to_restart(valkey, settings):
    settings.AIRA_JOURNAL = "memory"
    prove(journal(), verify_identity(journal()))
    valkey.client.flushall()
    with pytest.raises(WrongDatabase, match="bring it back, or restart the site"):
        verify_identity(journal())


def test_another_database_is_refused_and_counted_until_the_right_one_is_back(valkey, proven, keep, plan_write):
    keep(plan_write())
    valkey.client.set(MARK, "another.1")
    with pytest.raises(WrongDatabase, match="not the one"):
        verify_identity(journal())
    assert journal().admin.elsewhere() == 1
    valkey.client.set(MARK, proven)
    verify_identity(journal())
    assert journal().admin.elsewhere() == 0


def test_a_row_names_its_database_only_once_its_mark_is_proven(valkey):
    mark = [verify_identity(journal()) for _ in range(2)][-1]
    assert journal().rows.database == ""
    prove(journal(), mark)
    assert journal().rows.database == id_of(mark)


def test_a_new_epoch_makes_applied_rows_pending_once(valkey, proven, keep, plan_write):
    row_id = keep(plan_write())
    journal().queue.settle([], {row_id: ""}, {})
    assert verify_identity(journal()) == proven
    assert state_of(row_id) is State.APPLIED
    valkey.client.set(MARK, f"{id_of(proven)}.2")
    verify_identity(journal())
    assert state_of(row_id) is State.PENDING
    journal().queue.settle([], {row_id: ""}, {})
    verify_identity(journal())
    assert state_of(row_id) is State.APPLIED


def test_rows_that_become_pending_again_are_not_too_old_to_be_applied(valkey, proven, keep, plan_write, monkeypatch):
    monkeypatch.setattr("redis_models.journal.rows.now_ms", lambda: 1)
    row_id = keep(plan_write())
    journal().queue.settle([], {row_id: ""}, {})
    valkey.client.set(MARK, f"{id_of(proven)}.2")
    verify_identity(journal())
    assert [row.id for row in journal().queue.due(id_of(proven), after=0, most=9).rows] == [row_id]


def test_a_journal_that_cannot_be_read_is_taken_at_its_last_word(valkey, proven, monkeypatch):
    def refuse(_):
        raise JournalUnavailable("The disk is gone.")

    monkeypatch.setattr(MarkNotes, "noted", refuse)
    assert verify_identity(journal()) == proven
    valkey.client.flushall()
    with pytest.raises(WrongDatabase, match="lost its mark"):
        verify_identity(journal())


def test_with_a_journal_that_takes_no_notes_a_mark_is_still_known(valkey, monkeypatch, caplog):
    def refuse(*_):
        raise JournalUnavailable("The disk is full.")

    monkeypatch.setattr(MarkNotes, "note", refuse)
    assert verify_identity(journal()) == "tests.1"
    assert "could not be noted. reason=The disk is full." in caplog.text


def test_a_journal_of_0_1_0_goes_on_to_expect_its_database(valkey):
    """It noted the id as expected when it first read it, and no mark."""
    journal().admin.note(DATABASE_EXPECTED, "tests")
    assert verify_identity(journal()) == "tests.1"
    valkey.client.flushall()
    with pytest.raises(WrongDatabase, match="lost its mark"):
        verify_identity(journal())


def test_hosts_of_one_database_expect_the_same_mark(valkey, proven):
    with acting_as(Host()):
        assert verify_identity(journal()) == proven
