import logging

import pytest

from redis_models import background, health, keeper, noted
from redis_models.journal import journal


@pytest.fixture(autouse=True)
def _log_level(caplog):
    caplog.set_level(logging.INFO)


def test_it_replays_what_waits_and_keeps_a_snapshot(valkey, plan_write, caplog):
    journal().append(plan_write())
    keeper.keep_once()
    assert journal().status().pending == 0
    assert journal().snapshot("u1").hash("user:u1:profile")["plan"] == "plus"
    assert "applied=1 set_aside=0" in caplog.text


def test_users_seen_get_a_new_snapshot_and_others_none(valkey, plan_write):
    valkey.client.hset("user:u1:profile", "id", "u1")
    noted.note("u1")
    keeper.keep_once()
    assert journal().snapshot("u1") is not None
    assert journal().snapshot("u2") is None


def test_a_user_too_large_keeps_the_last_snapshot(valkey, monkeypatch):
    noted.note("u1")
    keeper.keep_once()
    before = journal().snapshot("u1")
    monkeypatch.setattr("redis_models.snapshot.ELEMENTS_AT_MOST", 0)
    valkey.client.hset("user:u1:profile", "id", "u1")
    noted.note("u1")
    keeper.keep_once()
    assert journal().snapshot("u1") == before


def test_it_does_nothing_while_redis_is_away(valkey, plan_write):
    journal().append(plan_write())
    health.breaker_for([]).probe_answered(clock_offset_ms=0, refusal="OOM")
    keeper.keep_once()
    assert journal().status().pending == 1


def test_redis_going_away_in_between_is_a_line(valkey, caplog):
    valkey.stop()
    noted.note("u1")
    keeper.keep_once()
    assert "what waits goes on waiting" in caplog.text


def test_a_broken_journal_is_a_line(valkey, settings, tmp_path, caplog):
    (tmp_path / "file").touch()
    settings.AIRA_DATA_DIR = tmp_path / "file" / "data"
    keeper.keep_once()
    assert "The journal cannot be used" in caplog.text


def test_a_row_of_another_replayer_is_left_alone(valkey, plan_write, caplog):
    journal().append(plan_write())
    with journal().replay_turn():
        keeper.keep_once()
    assert "Replayed" not in caplog.text


def test_both_threads_start_and_stop(valkey, plan_write):
    journal().append(plan_write())
    background.start()
    background.survive_fork()
    try:
        assert health.current().is_healthy
        assert journal().status().pending == 0
    finally:
        background.stop()
