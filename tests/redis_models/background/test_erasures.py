"""Hosts here are data dirs of one process, each with its own journal, on one Redis."""

import contextlib
import sqlite3
from types import SimpleNamespace

import pytest
from django.conf import settings

from redis_models.background import erasures
from redis_models.health import clock
from redis_models.journal import journal
from redis_models.replay.drain import drain

HOSTS, ERASURES = "aira:hosts", "aira:erasures"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(erasures, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(erasures, "WAITED_FOR_S", 0.0)


@pytest.fixture
def at(settings, tmp_path):
    """Act as another host, by name, which has met the database."""
    made = {}

    @contextlib.contextmanager
    def host(name):
        own, settings.AIRA_DATA_DIR = settings.AIRA_DATA_DIR, tmp_path / name
        if name not in made:
            made[name] = journal()
            drain()
        yield journal()
        settings.AIRA_DATA_DIR = own

    yield host
    for each in made.values():
        each.close()


def erase(user_id="u1"):
    return erasures.announce(user_id, at=clock.now_ms())


def test_a_host_removes_what_it_has_of_an_erased_user_and_confirms(valkey, at, plan_write):
    with at("other") as other:
        erasures.look()
        other.rows.keep(plan_write(at=clock.now_ms() - 1), row_id=None)
        other.rows.keep(plan_write(user_id="u2"), row_id=None)
        name = other.admin.fact("host")
    announced_us = erase()
    assert erasures.unconfirmed(announced_us) == (name,)
    with at("other") as other:
        erasures.look()
        assert other.erasure.users() == {"u2"}
    assert erasures.unconfirmed(announced_us) == ()
    assert valkey.client.zrange(HOSTS, 0, -1) == [name]


def test_of_the_user_there_is_a_digest_alone(valkey):
    erase("somebody")
    (member,) = valkey.client.zrange(ERASURES, 0, -1)
    assert "somebody" not in member


def test_the_own_host_is_not_waited_for(valkey):
    drain()
    erasures.look()
    assert valkey.client.zcard(HOSTS) == 1
    assert erasures.unconfirmed(erase()) == ()


def test_a_host_that_runs_is_waited_for(valkey, at, monkeypatch):
    monkeypatch.setattr(erasures, "WAITED_FOR_S", 3.0)
    monkeypatch.setattr(erasures, "LOOK_EVERY_S", 600.0)
    with at("other") as other:
        erasures.look()
        name = other.admin.fact("host")
    announced_us = erase()
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 3:
            valkey.client.zadd(HOSTS, {name: announced_us})

    monkeypatch.setattr(erasures, "time", SimpleNamespace(monotonic=lambda: sum(pauses), sleep=pause))
    assert erasures.unconfirmed(announced_us) == ()
    assert len(pauses) == 3


def test_a_host_that_does_not_confirm_is_waited_for_only_so_long(valkey, at, monkeypatch):
    monkeypatch.setattr(erasures, "WAITED_FOR_S", 3.0)
    monkeypatch.setattr(erasures, "LOOK_EVERY_S", 600.0)
    with at("other") as other:
        erasures.look()
        name = other.admin.fact("host")
    announced_us, pauses = erase(), []
    monkeypatch.setattr(erasures, "time", SimpleNamespace(monotonic=lambda: sum(pauses), sleep=pauses.append))
    assert erasures.unconfirmed(announced_us) == (name,)
    assert sum(pauses) == pytest.approx(3.0, abs=0.1)


def test_a_host_that_is_long_away_is_named_at_once(valkey, monkeypatch):
    monkeypatch.setattr(erasures, "WAITED_FOR_S", 3.0)
    monkeypatch.setattr(erasures, "time", SimpleNamespace(monotonic=lambda: 0.0))  # which cannot sleep
    announced_us = erase()
    valkey.client.zadd(HOSTS, {"lost": announced_us - 3_600_000_000})
    assert erasures.unconfirmed(announced_us) == ("lost",)


def test_nothing_is_confirmed_before_the_log_is_wiped(valkey, at, plan_write):
    with at("other") as other:
        erasures.look()
        other.rows.keep(plan_write(at=clock.now_ms() - 1), row_id=None)
        announced_us, name = erase(), other.admin.fact("host")
        with contextlib.closing(sqlite3.connect(settings.AIRA_DATA_DIR / "journal.sqlite3")) as reading:
            reading.execute("BEGIN")
            reading.execute("SELECT * FROM rows").fetchall()
            erasures.look()
            assert other.erasure.users() == set()
            assert valkey.client.zscore(HOSTS, name) < announced_us
        erasures.look()
        erasures.look()
    assert erasures.unconfirmed(announced_us) == ()


def test_it_is_asked_for_once_a_second(valkey, monkeypatch):
    monkeypatch.setattr(erasures, "LOOK_EVERY_S", 60.0)
    drain()
    erasures.look()
    erase()
    before = valkey.client.zrange(HOSTS, 0, -1, withscores=True)
    erasures.look()
    assert valkey.client.zrange(HOSTS, 0, -1, withscores=True) == before


def test_a_journal_that_is_meant_for_another_database_is_left_alone(valkey, plan_write):
    drain()
    journal().admin.note("database_meant", "another")
    journal().rows.keep(plan_write(at=1), row_id=None)
    erase()
    erasures.look()
    assert journal().erasure.users() == {"u1"}
    assert valkey.client.zcard(HOSTS) == 0


def test_a_journal_in_memory_is_emptied_too_and_is_no_host(valkey, settings, plan_write):
    settings.AIRA_JOURNAL = "memory"
    drain()
    journal().rows.keep(plan_write(at=1), row_id=None)
    erase()
    erasures.look()
    assert journal().erasure.users() == set()
    assert valkey.client.zcard(HOSTS) == 0


def test_after_thirty_days_announcements_and_hosts_are_forgotten(valkey):
    long_ago = (clock.now_ms() - 31 * 24 * 3_600_000) * 1000
    valkey.client.zadd(ERASURES, {"old:1": long_ago})
    valkey.client.zadd(HOSTS, {"gone": long_ago})
    erase()
    assert valkey.client.zcard(ERASURES) == 1
    assert valkey.client.zcard(HOSTS) == 0
