"""Rows that fail: an error that is not known holds its row back, and a fault of the row is confirmed first."""

import re
from types import SimpleNamespace

import pytest

from redis_models import connection, writer
from redis_models.connection import translation
from redis_models.errors import UnknownReply
from redis_models.health import registry
from redis_models.operations.write import Outcome
from redis_models.replay import drain, failures, held_rows
from redis_models.replay.held_rows import HeldRows
from redis_models.replay.result import DrainResult


@pytest.fixture
def unknown(monkeypatch):
    """Let no error of a script be known."""
    monkeypatch.setattr(translation, "FAULT_OF_SCRIPT", re.compile("no error has this text"))


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test moves by hand."""
    now = [100.0]
    monkeypatch.setattr(held_rows, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


@pytest.fixture
def at_check(monkeypatch):
    """Do something just before a drain checks whether writes work."""
    key_at = connection.key_at

    def arrange(do):
        def checking(primary, name):
            if name == "aira:probe":
                do()
            return key_at(primary, name)

        monkeypatch.setattr(connection, "key_at", checking)

    return arrange


def spoil(valkey, *user_ids):
    """Store a text where the script expects a hash."""
    for user_id in user_ids:
        valkey.client.set(f"user:{user_id}:profile", "of another type")


def test_a_row_with_an_unknown_error_is_held_back_and_the_others_are_drained(
    valkey, plan_write, keep, status, unknown, clock, caplog
):
    spoil(valkey, "u2")
    for user_id in ("u1", "u2", "u3"):
        keep(plan_write(user_id=user_id))
    assert drain.drain() == DrainResult(applied=2, fenced=2, held_back=1)
    assert (status().pending, status().dead_letters, status().durability) == (1, 0, "proven")
    assert "A row is held back." in caplog.text
    assert "user:u2" not in caplog.text
    assert drain.drain() == DrainResult()
    clock[0] += 1
    assert drain.drain() == DrainResult(held_back=1)
    valkey.client.delete("user:u2:profile")
    clock[0] += 1
    assert drain.drain() == DrainResult()
    clock[0] += 1
    assert drain.drain() == DrainResult(applied=1, fenced=1)


def test_the_pause_grows_up_to_a_minute_and_ends_with_a_known_reply(clock):
    held = HeldRows()
    assert [held.hold_back(7) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert held.is_held(7)
    held.release(7)
    assert not held.is_held(7)
    assert held.hold_back(7) == 1


def test_the_number_of_held_rows_is_bounded(clock, monkeypatch):
    monkeypatch.setattr(held_rows, "HELD_AT_MOST", 2)
    held = HeldRows()
    for row_id in (1, 2, 3):
        held.hold_back(row_id)
    assert [held.is_held(row_id) for row_id in (1, 2, 3)] == [False, True, True]


def test_if_rows_of_many_users_fail_alike_the_drain_stops_and_what_was_applied_leaves(
    valkey, plan_write, keep, status, unknown, clock, monkeypatch
):
    monkeypatch.setattr(failures, "ALIKE_AT_MOST", 3)
    monkeypatch.setattr(drain, "ROWS_AT_ONCE", 4)
    spoil(valkey, "u1", "u2", "u3")
    for number in range(12):
        keep(plan_write(user_id=f"u{number}"))
    done = drain.drain()
    assert (done.applied, done.fenced, done.held_back) == (1, 1, 3)
    assert "not known" in done.stopped_by
    assert (status().pending, status().durability) == (11, done.stopped_by)
    assert drain.drain() == DrainResult(applied=8, fenced=8)


def test_many_rows_of_one_user_do_not_stop_the_drain(valkey, plan_write, keep, unknown, clock, monkeypatch):
    monkeypatch.setattr(failures, "ALIKE_AT_MOST", 2)
    spoil(valkey, "u1")
    for at in range(1, 6):
        keep(plan_write(user_id="u1", at=at))
    keep(plan_write(user_id="u2"))
    assert drain.drain() == DrainResult(applied=1, fenced=1, held_back=5)


def test_a_row_that_fails_only_once_is_applied(valkey, plan_write, keep, at_check):
    spoil(valkey, "u1")
    keep(plan_write(user_id="u1"))
    at_check(lambda: valkey.client.delete("user:u1:profile"))
    assert drain.drain() == DrainResult(applied=1, fenced=1)


def test_a_row_that_fails_while_a_small_write_fails_is_no_dead_letter(valkey, plan_write, keep, status, at_check):
    spoil(valkey, "u1")
    keep(plan_write(user_id="u1"))
    at_check(lambda: valkey.client.config_set("maxmemory", "1"))
    try:
        assert "small write" in drain.drain().stopped_by
    finally:
        valkey.client.config_set("maxmemory", "0")
    assert (status().pending, status().dead_letters) == (1, 0)


def test_a_live_write_with_an_unknown_error_is_kept_and_opens_no_breaker(answering, plan_write, status):
    answering(b"-ERR max requests limit exceeded. Limit: 500000\r\n")
    for _ in range(6):
        assert writer.submit(plan_write(user_id="u1")).outcome is Outcome.JOURNALED
    assert registry.current().is_healthy
    assert status().pending == 6
    with pytest.raises(UnknownReply):
        writer.submit(plan_write(user_id="u1", deferrable=False))
    assert (status().pending, status().in_flight) == (6, 0)
    assert "not known" in drain.drain().stopped_by
