import logging
from types import SimpleNamespace

import pytest

from redis_models import writer
from redis_models.background import housekeeping, threads
from redis_models.connection.link import Link
from redis_models.errors import JournalUnavailable
from redis_models.health import registry
from redis_models.host import state
from redis_models.journal import journal
from redis_models.journal.queue import Queue
from redis_models.offline import due


@pytest.fixture(autouse=True)
def _log_level(caplog):
    caplog.set_level(logging.INFO)


def snapshot(user_id="u1"):
    return journal().snapshots.get(user_id, [""])


def test_pending_rows_are_drained_and_a_snapshot_is_kept(valkey, plan_write, caplog, keep, status):
    keep(plan_write())
    housekeeping.housekeep_once()
    assert status().pending == 0
    assert snapshot().hash("user:u1:profile")["plan"] == "plus"
    assert "applied=1 fenced=1 dead_letters=0 set_aside=0 held_back=0" in caplog.text


def test_the_database_is_learned_first_and_later_an_empty_journal_is_not_drained(valkey, monkeypatch):
    housekeeping.housekeep_once()
    assert journal().rows.database == valkey.client.get("aira:database").partition(".")[0] != ""
    monkeypatch.setattr(housekeeping.drain, "drain", None)
    housekeeping.housekeep_once()


def test_a_mark_that_cannot_be_proven_yet_does_not_make_drains_follow_each_other(valkey, monkeypatch):
    monkeypatch.setattr(housekeeping, "REST_S", 3600.0)
    monkeypatch.setattr(Link, "unconfirmed", lambda *_, **__: "too late")
    housekeeping.housekeep_once()
    assert not journal().mark.noted().proven_id
    monkeypatch.setattr(housekeeping.drain, "drain", None)
    housekeeping.housekeep_once()


def test_snapshots_of_a_database_that_was_just_emptied_are_not_kept(valkey, caplog):
    valkey.client.hset("user:u1:profile", "plan", "plus")
    due.note_written("u1", ())
    housekeeping.housekeep_once()
    valkey.client.flushall()
    due.note_written("u1", ())
    housekeeping.housekeep_once()
    assert snapshot().hash("user:u1:profile")["plan"] == "plus"
    assert "Redis is away" in caplog.text


def test_rows_that_leave_the_journal_unproven_are_logged_as_an_error(valkey, plan_write, caplog, monkeypatch):
    monkeypatch.setattr("redis_models.journal.queue.MAX_UNFENCED", 0)
    valkey.client.config_set("appendonly", "no")
    try:
        writer.submit(plan_write())
        housekeeping.housekeep_once()
    finally:
        valkey.client.config_set("appendonly", "yes")
    assert "left the journal without a fence, to make room. count=1" in caplog.text


def test_only_snapshots_of_recently_seen_users_are_renewed(valkey, plan_write):
    valkey.client.hset("user:u1:profile", "id", "u1")
    due.note_written("u1", ())
    housekeeping.housekeep_once()
    assert snapshot() is not None
    assert snapshot("u2") is None


def test_a_user_with_too_much_data_keeps_the_last_snapshot(valkey, monkeypatch):
    due.note_written("u1", ())
    housekeeping.housekeep_once()
    before = snapshot()
    monkeypatch.setattr("redis_models.schema.snapshot.ELEMENTS_AT_MOST", 0)
    valkey.client.hset("user:u1:profile", "id", "u1")
    due.note_written("u1", ())
    housekeeping.housekeep_once()
    assert snapshot() == before


def test_it_does_nothing_while_redis_is_away(valkey, plan_write, keep, status):
    keep(plan_write())
    registry.breaker_for([]).probe_answered(clock_offset_ms=0, refusal="OOM")
    housekeeping.housekeep_once()
    assert status().pending == 1


def test_snapshots_that_could_not_be_taken_are_due_again_after_all_others(valkey):
    for user_id in ("u1", "u2"):
        due.note_written(user_id, (f"user:{user_id}:conversation:c1",))
    valkey.stop()
    housekeeping.housekeep_once()
    assert snapshot() is None
    due.note_written("u3", ())
    due.put_back("u1", ("", "c2"))
    valkey.start()
    assert due.taken(9) == {"u2": ("", "c1"), "u3": ("",), "u1": ("", "c2", "c1")}


def test_an_outage_in_the_middle_is_one_log_line(valkey, caplog):
    valkey.stop()
    due.note_written("u1", ())
    housekeeping.housekeep_once()
    assert "the snapshot stays due" in caplog.text


def test_a_broken_journal_is_one_log_line(valkey, settings, tmp_path, caplog):
    (tmp_path / "file").touch()
    settings.AIRA_DATA_DIR = tmp_path / "file" / "data"
    housekeeping.housekeep_once()
    assert "The journal cannot be used" in caplog.text


def test_a_drain_that_cannot_drop_its_rows_is_repeated_after_five_seconds(
    valkey, plan_write, keep, status, caplog, monkeypatch
):
    housekeeping.housekeep_once()
    keep(plan_write())
    now = [1e9]
    monkeypatch.setattr(housekeeping, "time", SimpleNamespace(monotonic=lambda: now[0]))
    drains = []

    def settle_on_a_full_disk(*_, **__):
        drains.append(now[0])
        raise JournalUnavailable("The disk is full.")

    with monkeypatch.context() as full:
        full.setattr(Queue, "settle", settle_on_a_full_disk)
        for _ in range(100):
            now[0] += 0.25
            housekeeping.housekeep_once()
    assert len(drains) == 5
    assert "Rows could not leave the journal; the next drain is in 5 s." in caplog.text
    assert status().pending == 1
    now[0] += 5
    housekeeping.housekeep_once()
    assert status().pending == 0


def test_housekeeping_does_not_drain_while_another_process_does(valkey, plan_write, caplog, keep):
    keep(plan_write())
    with journal().queue.turn():
        housekeeping.housekeep_once()
    assert "DrainResult" not in caplog.text


def test_both_threads_start_and_stop(valkey, plan_write, keep, status):
    keep(plan_write())
    threads.start()
    threads.survive_fork()
    try:
        assert registry.current().is_healthy
        assert status().pending == 0
    finally:
        threads.stop()


def test_applied_rows_are_drained_after_a_pause_and_pending_rows_at_once(valkey, plan_write, keep, status, monkeypatch):
    monkeypatch.setattr(housekeeping, "REST_S", 3600.0)
    housekeeping.housekeep_once()
    writer.submit(plan_write())
    housekeeping.housekeep_once()
    assert status().applied == 1
    keep(plan_write())
    housekeeping.housekeep_once()
    assert (status().applied, status().pending) == (0, 0)
    writer.submit(plan_write())
    state(housekeeping.DrainInterval).end()
    housekeeping.housekeep_once()
    assert status().applied == 0
