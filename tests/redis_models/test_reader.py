"""Reads that always answer, and say what the answer rests on."""

from accounts.services import register_user
from redis_models import reader, writer
from redis_models.background import housekeeping
from redis_models.health import clock
from redis_models.journal import journal
from redis_models.journal.store import FILE_NAME
from redis_models.offline import due, view


def test_a_live_read_notes_its_user(valkey, profile_read):
    assert reader.answer(profile_read()).is_live
    assert due.taken(5) == {"u1": ("",)}


def test_away_from_redis_a_user_never_seen_gets_an_answer_that_rests_on_nothing(away, profile_read):
    found = reader.answer(profile_read())
    assert (found.reply, found.is_live, found.has_basis, found.as_of_ms) == ([], False, False, None)
    assert not found.is_complete


def test_away_from_redis_the_last_snapshot_is_shown_with_its_time(valkey, profile_read):
    valkey.client.hset("user:u1:profile", "plan", "plus")
    reader.answer(profile_read())
    housekeeping.housekeep_once()
    valkey.stop()
    found = reader.answer(profile_read())
    assert found.reply == ["plan", "plus"]
    assert (found.has_basis, found.is_complete) == (True, True)
    assert abs(found.as_of_ms - clock.now_ms()) < 5000


def test_what_was_acknowledged_a_moment_before_redis_went_away_is_shown(valkey, plan_write, profile_read):
    valkey.client.hset("user:u1:profile", "plan", "free")
    reader.answer(profile_read())
    housekeeping.housekeep_once()
    writer.submit(plan_write())
    journal_flushed = housekeeping.journal().flush
    journal_flushed()
    valkey.stop()
    found = reader.answer(profile_read())
    assert found.reply[:2] == ["plan", "plus"]
    assert found.pending == 0


def test_while_writes_wait_and_redis_answers_the_fresh_data_is_the_ground(valkey, plan_write, profile_read, keep):
    register_user(user_id="u1", email="a@example.com", name="Ann")
    keep(plan_write())
    found = reader.answer(profile_read())
    assert not found.is_live
    assert found.pending == 1
    assert {"Ann", "plus"} <= set(found.reply)


def test_while_writes_wait_and_redis_goes_away_what_was_kept_is_the_ground(away, plan_write, profile_read, keep):
    keep(plan_write())
    assert reader.answer(profile_read()).reply[:2] == ["plan", "plus"]


def test_a_broken_journal_stops_no_read(valkey, profile_read, settings, tmp_path, caplog):
    (tmp_path / "file").touch()
    settings.AIRA_DATA_DIR = tmp_path / "file" / "data"
    valkey.client.hset("user:u1:profile", "plan", "plus")
    assert reader.answer(profile_read()).reply == ["plan", "plus"]
    valkey.stop()
    assert reader.answer(profile_read()).reply == []
    assert "The journal cannot be used" in caplog.text


def test_a_journal_that_breaks_between_two_questions_stops_no_read(
    away, profile_read, plan_write, keep, monkeypatch, settings, tmp_path
):
    keep(plan_write())
    seen = journal().snapshots.view("u1")
    monkeypatch.setattr(view, "view_of", lambda _: seen)
    journal().close()
    settings.AIRA_DATA_DIR = tmp_path
    (tmp_path / FILE_NAME).mkdir()
    assert reader.answer(profile_read()).reply == []
