"""Erasures across hosts; the hosts are data dirs of one process, each with its own journal, on one Redis."""

import contextlib
import sqlite3
from types import SimpleNamespace

import pytest
from django.conf import settings

from redis_models.background import erasures
from redis_models.health import clock
from redis_models.journal import journal
from redis_models.replay.drain import drain
from redis_models.schema.snapshot import Part, Snapshot

HOSTS, ERASURES = "aira:hosts", "aira:erasures"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(erasures, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(erasures, "WAITED_FOR_S", 0.0)


@pytest.fixture
def acting_as(settings, tmp_path):
    """Act as another host with this name, which knows the database."""
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


def test_a_host_removes_what_it_has_of_an_erased_user_and_confirms(valkey, acting_as, plan_write):
    with acting_as("other") as other:
        erasures.look()
        other.rows.keep(plan_write(at=clock.now_ms() - 1), row_id=None)
        other.rows.keep(plan_write(user_id="u2"), row_id=None)
        name = other.admin.fact("host")
    announced_us = erase()
    assert erasures.unconfirmed(announced_us) == (name,)
    with acting_as("other") as other:
        erasures.look()
        assert other.erasure.users() == {"u2"}
    assert erasures.unconfirmed(announced_us) == ()
    assert valkey.client.zrange(HOSTS, 0, -1) == [name]


def test_an_announcement_contains_only_a_digest_of_the_user(valkey):
    erase("somebody")
    (member,) = valkey.client.zrange(ERASURES, 0, -1)
    assert "somebody" not in member


def test_an_announcement_that_is_repeated_keeps_its_first_time(valkey):
    first_us = erasures.announce("u1", at=5)
    assert erasures.announce("u1", at=5) == first_us
    assert valkey.client.zcard(ERASURES) == 1


def test_an_erasure_does_not_wait_for_its_own_host(valkey):
    drain()
    erasures.look()
    assert valkey.client.zcard(HOSTS) == 1
    assert erasures.unconfirmed(erase()) == ()


def test_an_erasure_waits_for_a_running_host(valkey, acting_as, monkeypatch):
    monkeypatch.setattr(erasures, "WAITED_FOR_S", 3.0)
    monkeypatch.setattr(erasures, "LOOK_EVERY_S", 600.0)
    with acting_as("other") as other:
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


def test_an_erasure_waits_only_a_limited_time_for_a_host_that_does_not_confirm(valkey, acting_as, monkeypatch):
    monkeypatch.setattr(erasures, "WAITED_FOR_S", 3.0)
    monkeypatch.setattr(erasures, "LOOK_EVERY_S", 600.0)
    with acting_as("other") as other:
        erasures.look()
        name = other.admin.fact("host")
    announced_us, pauses = erase(), []
    monkeypatch.setattr(erasures, "time", SimpleNamespace(monotonic=lambda: sum(pauses), sleep=pauses.append))
    assert erasures.unconfirmed(announced_us) == (name,)
    assert sum(pauses) == pytest.approx(3.0, abs=0.1)


def test_a_host_not_seen_for_a_long_time_is_named_at_once(valkey, monkeypatch):
    monkeypatch.setattr(erasures, "WAITED_FOR_S", 3.0)
    monkeypatch.setattr(erasures, "time", SimpleNamespace(monotonic=lambda: 0.0))  # has no sleep
    announced_us = erase()
    valkey.client.zadd(HOSTS, {"lost": announced_us - 3_600_000_000})
    assert erasures.unconfirmed(announced_us) == ("lost",)


@pytest.fixture
def moved(valkey, acting_as, plan_write):
    """A host that looked on an old primary, while u1 was erased on the one that it talks to now.

    Yield the host's journal, its name, and the time of the announcement (us), which is an hour ago.
    """
    with acting_as("other") as other:
        erasures.look()
        erasures.look()
        other.rows.keep(plan_write(at=1), row_id=None)
        name, hour_us = other.admin.fact("host"), 3_600_000_000
        announced_us = int(valkey.client.zscore(HOSTS, name)) - hour_us
        valkey.client.zadd(ERASURES, {erasures.announcement("u1", at=2).args[0]: announced_us})
        valkey.client.zadd(HOSTS, {name: announced_us - hour_us})
        yield other, name, announced_us


def test_a_host_hears_of_what_was_announced_while_it_looked_on_an_old_primary(moved):
    other, _, announced_us = moved
    erasures.look()
    assert other.erasure.users() == set()
    assert erasures.unconfirmed(announced_us) == ()


def test_a_host_confirms_no_announcement_that_it_has_not_processed(moved, valkey, monkeypatch):
    other, name, announced_us = moved
    confirmed_us, forget = [], other.erasure.forget
    monkeypatch.setattr(
        other.erasure,
        "forget",
        lambda *args, **options: (confirmed_us.append(valkey.client.zscore(HOSTS, name)), forget(*args, **options))[1],
    )
    erasures.look()
    assert confirmed_us[0] < announced_us < valkey.client.zscore(HOSTS, name)


def test_an_erasure_is_not_confirmed_before_the_log_is_wiped(valkey, acting_as, plan_write):
    with acting_as("other") as other:
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


def test_announcements_are_read_once_in_each_interval(valkey, monkeypatch):
    monkeypatch.setattr(erasures, "LOOK_EVERY_S", 60.0)
    drain()
    erasures.look()
    erase()
    before = valkey.client.zrange(HOSTS, 0, -1, withscores=True)
    erasures.look()
    assert valkey.client.zrange(HOSTS, 0, -1, withscores=True) == before


def test_a_snapshot_that_another_process_of_a_host_has_read_before_is_not_kept_by_it(valkey, acting_as):
    with acting_as("other") as other:
        erasures.look()
        since = other.snapshots.forgotten()
    erase()
    with acting_as("other") as other:
        erasures.look()
        assert not other.snapshots.keep({"u1": Snapshot((Part("", 1, ()),))}, since=since)
        assert other.erasure.users() == set()


def test_a_journal_for_another_database_is_left_alone(valkey, plan_write):
    drain()
    journal().rows.keep(plan_write(at=1), row_id=None)
    erase()
    journal().admin.note("database_meant", "another")
    erasures.look()
    assert journal().erasure.users() == {"u1"}
    assert valkey.client.zcard(HOSTS) == 0


def test_a_journal_in_memory_is_cleaned_too_and_does_not_count_as_a_host(valkey, settings, plan_write):
    settings.AIRA_JOURNAL = "memory"
    drain()
    journal().rows.keep(plan_write(at=1), row_id=None)
    erase()
    erasures.look()
    assert journal().erasure.users() == set()
    assert valkey.client.zcard(HOSTS) == 0


def test_announcements_and_hosts_are_removed_after_thirty_days(valkey):
    long_ago = (clock.now_ms() - 31 * 24 * 3_600_000) * 1000
    valkey.client.zadd(ERASURES, {"old:1": long_ago})
    valkey.client.zadd(HOSTS, {"gone": long_ago})
    erase()
    assert valkey.client.zcard(ERASURES) == 1
    assert valkey.client.zcard(HOSTS) == 0
