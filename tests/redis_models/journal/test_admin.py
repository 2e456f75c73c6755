import pytest

from redis_models.errors import NotFound
from redis_models.journal import admin
from redis_models.journal.tables import TOO_OLD
from tests.redis_models import journal_file


def test_the_status_tells_counts_and_ages(kept, store, plan_write, monkeypatch):
    empty = kept.admin.status()
    assert (empty.pending, empty.oldest_age_s, empty.last_replay_ms, empty.durability) == (0, 0, 0, "")
    kept.rows.keep(plan_write(), row_id=None)
    store.commit(lambda db: db.execute("UPDATE rows SET appended_ms = ?", (1_795_423_341_000,)))
    monkeypatch.setattr(admin, "now_ms", lambda: 1_795_423_341_000 + 5999)
    kept.admin.note("durability", "proven")
    status = kept.admin.status()
    assert (status.is_on_disk, status.pending, status.durability) == (True, 1, "proven")
    assert status.oldest_age_s == 5


def test_a_fact_is_written_only_if_it_is_new(kept, store):
    kept.admin.note("colour", "blue")
    with journal_file.opened(store.directory) as db:
        before = journal_file.version(db)
        kept.admin.note("colour", "blue")
        assert journal_file.version(db) == before
        kept.admin.note("colour", "red")
        assert journal_file.version(db) != before
    kept.admin.note("colour", "blue")
    assert kept.admin.fact("colour") == "blue"


def test_first_fact_keeps_the_first_value(kept):
    assert kept.admin.first_fact("colour", "blue") == "blue"
    assert kept.admin.first_fact("colour", "red") == kept.admin.fact("colour") == "blue"


def test_dead_letters_can_be_made_pending_again_or_dropped(kept, plan_write, due):
    first, second, third = (kept.rows.keep(plan_write(at=at), row_id=None) for at in (1, 2, 3))
    kept.queue.add_dead_letters(dict.fromkeys((first, second, third), TOO_OLD))
    assert due() == []
    assert kept.admin.retry([first]) == 1
    assert [row.id for row in due()] == [first]
    assert kept.admin.drop([second]) == 1
    assert kept.admin.drop([]) == 1
    assert kept.admin.dead_letters() == []
    with pytest.raises(NotFound):
        kept.admin.retry([])
