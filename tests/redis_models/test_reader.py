"""Reads always answer, and say what the answer is based on."""

from accounts.services import register_user
from redis_models import reader, writer
from redis_models.background import housekeeping
from redis_models.health import clock
from redis_models.journal import journal
from redis_models.journal.store import FILE_NAME
from redis_models.offline import due, view


def test_a_live_read_makes_the_users_snapshot_due(valkey, profile_read):
    assert reader.answer(profile_read()).is_live
    assert due.taken(5) == {"u1": ("",)}


def test_without_redis_an_unknown_user_gets_an_answer_without_a_basis(away, profile_read):
    found = reader.answer(profile_read())
    assert (found.reply, found.is_live, found.has_basis, found.as_of_ms) == ([], False, False, None)
    assert not found.is_complete


def test_without_redis_the_last_snapshot_is_shown_with_its_time(valkey, profile_read):
    valkey.client.hset("user:u1:profile", "plan", "plus")
    reader.answer(profile_read())
    housekeeping.housekeep_once()
    valkey.stop()
    found = reader.answer(profile_read())
    assert found.reply == ["plan", "plus"]
    assert (found.has_basis, found.is_complete) == (True, True)
    assert abs(found.as_of_ms - clock.now_ms()) < 5000


def test_a_write_acknowledged_just_before_an_outage_is_shown(valkey, plan_write, profile_read):
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


def test_while_writes_are_pending_and_redis_answers_they_are_applied_to_fresh_data(
    valkey, plan_write, profile_read, keep
):
    register_user(user_id="u1", email="a@example.com", name="Ann")
    keep(plan_write())
    found = reader.answer(profile_read())
    assert not found.is_live
    assert found.pending == 1
    assert {"Ann", "plus"} <= set(found.reply)


def test_while_writes_are_pending_and_redis_goes_away_they_are_applied_to_the_kept_data(
    away, plan_write, profile_read, keep
):
    keep(plan_write())
    assert reader.answer(profile_read()).reply[:2] == ["plan", "plus"]


def test_reads_work_with_a_broken_journal(valkey, profile_read, settings, tmp_path, caplog):
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
    monkeypatch.setattr(view, "pending", lambda _: 1)
    journal().close()
    settings.AIRA_DATA_DIR = tmp_path
    (tmp_path / FILE_NAME).mkdir()
    assert reader.answer(profile_read()).reply == []
