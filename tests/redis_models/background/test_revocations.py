"""The list of revocations; hosts and their processes are those of `tests.redis_models.hosts`, on one Redis."""

import logging
import threading

import pytest

from redis_models.background import revocations, revoked_list, threads
from redis_models.errors import JournalUnavailable
from redis_models.health import clock, monitor
from redis_models.journal import journal
from redis_models.journal.revocations.ended import Revocation
from redis_models.schema import erasure_keys
from redis_models.schema.revocations import of_person, telling
from redis_models.writer import submit
from tests.support.commands import counted
from tests.support.waiting import deadline, joined, wait_until

NAME = of_person("u1")
AT = 1_795_423_341_000
TOLD, UNTIL = "aira:revoked", "aira:revoked:until"
MINUTE_US = 60_000_000

pytestmark = pytest.mark.usefixtures("list_clock")


def tell(name=NAME, at=AT):
    submit(telling(name, at=at))


def go_away(valkey):
    valkey.stop()
    for _ in range(2):
        monitor.probe_once()


def put(valkey, name, *, ago_us, until_ms=AT):
    """Store a revocation that was told some time ago by the server's clock."""
    seconds, microseconds = valkey.client.time()
    valkey.client.zadd(TOLD, {name: seconds * 1_000_000 + microseconds - ago_us})
    valkey.client.hset(UNTIL, name, until_ms)


def test_what_is_told_on_one_host_is_known_on_another_after_one_reading(valkey, hosts):
    with hosts.process("other"):
        assert revocations.until_ms(NAME) == 0
    tell()
    with hosts.process("other"):
        revocations.read()
        assert revocations.until_ms(NAME) == AT


def test_a_name_contains_only_a_digest_and_both_keys_expire(valkey):
    tell(of_person("somebody"))
    (name,) = valkey.client.zrange(TOLD, 0, -1)
    assert "somebody" not in name
    assert 0 < valkey.client.pttl(TOLD) <= 2_592_000_000
    assert 0 < valkey.client.pttl(UNTIL) <= 2_592_000_000


def test_a_fresh_list_asks_redis_nothing(valkey, list_clock):
    revocations.until_ms(NAME)
    list_clock.pass_by(revocations.STALE_AFTER_S - 0.01)
    with counted(valkey) as commands:
        assert revocations.until_ms(NAME) == 0
    assert commands == []


@pytest.mark.parametrize(
    ("monotonic_s", "wall_s"),
    [(2, 2), (2, 0), (0, 2), (0, -1)],
    ids=["a frozen process", "a clock that was set", "a frozen machine", "a clock that was set back"],
)
def test_a_list_that_is_older_than_two_seconds_is_read_before_the_answer(valkey, list_clock, monotonic_s, wall_s):
    assert revocations.until_ms(NAME) == 0
    tell()
    assert revocations.until_ms(NAME) == 0, "the list is fresh, so nothing was read"
    list_clock.monotonic_s += monotonic_s
    list_clock.wall_s += wall_s
    assert revocations.until_ms(NAME) == AT


def test_requests_that_wait_for_the_list_read_it_once(valkey, list_clock):
    revocations.until_ms(NAME)
    tell()
    list_clock.pass_by(revocations.STALE_AFTER_S)
    found = []
    with counted(valkey) as commands:
        callers = [threading.Thread(target=lambda: found.append(revocations.until_ms(NAME))) for _ in range(8)]
        for caller in callers:
            caller.start()
        joined(*callers)
    assert found == [AT] * 8
    assert commands == ["EVALSHA"]


def test_in_an_outage_what_is_known_stays_and_a_new_process_of_the_host_knows_it(valkey, hosts):
    tell()
    with hosts.process("host"):
        revocations.read()
    valkey.stop()
    with hosts.process("host"):
        assert revocations.until_ms(NAME) == AT
    with hosts.process("host", "started in the outage"):
        assert revocations.until_ms(NAME) == AT
    with hosts.process("new host"):
        assert revocations.until_ms(NAME) == 0


def test_what_a_process_holds_in_an_outage_the_others_of_its_host_read_on_the_disk(valkey, hosts, list_clock):
    for name in ("1", "2"):
        with hosts.process("host", name):
            assert revocations.until_ms(NAME) == 0
    valkey.stop()
    with hosts.process("host", "1"):
        monitor.watch_once()
        revocations.hold(NAME, at=AT)
        assert revocations.until_ms(NAME) == AT
    list_clock.pass_by(revocations.STALE_AFTER_S)
    with hosts.process("host", "2"):
        monitor.watch_once()
        assert revocations.until_ms(NAME) == AT


def test_if_redis_is_away_the_disk_alone_makes_the_list_fresh(valkey, monkeypatch, list_clock):
    go_away(valkey)
    revocations.until_ms(NAME)
    list_clock.pass_by(revocations.STALE_AFTER_S - 0.01)
    monkeypatch.setattr(revocations, "journal", None)
    assert revocations.until_ms(NAME) == 0


def test_memory_keeps_20_minutes_and_the_disk_keeps_more(valkey, list_clock):
    tell()
    revocations.read()
    list_clock.pass_by(revoked_list.MEMORY_MS / 1000 - 1)
    revocations.read()
    assert revocations.until_ms(NAME) == AT
    list_clock.pass_by(1)
    revocations.read()
    assert revocations.until_ms(NAME) == 0
    assert revocations.until_ms_in_30_days(NAME) == AT


def test_a_new_host_reads_30_days_and_remembers_20_minutes(valkey):
    put(valkey, "old", ago_us=25 * MINUTE_US)
    put(valkey, "new", ago_us=15 * MINUTE_US)
    assert (revocations.until_ms("old"), revocations.until_ms("new")) == (0, AT)
    assert revocations.until_ms_in_30_days("old") == AT


def test_without_a_disk_only_20_minutes_are_read(valkey, settings):
    settings.AIRA_JOURNAL = "memory"
    put(valkey, "old", ago_us=25 * MINUTE_US)
    put(valkey, "new", ago_us=15 * MINUTE_US)
    assert revocations.until_ms("new") == AT
    assert revocations.until_ms_in_30_days("old") == 0


def test_a_long_list_is_read_in_pages(valkey, monkeypatch):
    monkeypatch.setattr(revocations, "AT_ONCE", 2)
    for number in range(5):
        tell(f"n{number}", at=AT + number)
    assert [revocations.until_ms(f"n{number}") for number in range(5)] == [AT + number for number in range(5)]


def test_what_a_server_whose_clock_is_behind_tells_is_read(valkey, hosts):
    with hosts.process("host"):
        journal().ended.keep([Revocation("before", AT, told_us=(clock.now_ms() + 3_600_000) * 1000)])
    tell()
    with hosts.process("host"):
        assert revocations.until_ms(NAME) == AT


def test_what_is_told_up_to_a_minute_late_by_the_servers_clock_is_read(valkey, list_clock):
    assert revocations.until_ms(NAME) == 0
    put(valkey, NAME, ago_us=50_000_000)
    list_clock.pass_by(revocations.STALE_AFTER_S)
    assert revocations.until_ms(NAME) == AT


def test_of_two_times_the_later_one_holds(valkey, list_clock):
    tell(at=AT)
    assert revocations.until_ms(NAME) == AT
    for at in (AT + 5, AT + 3):
        tell(at=at)
    list_clock.pass_by(revocations.STALE_AFTER_S)
    assert revocations.until_ms(NAME) == AT + 5
    assert revocations.until_ms_in_30_days(NAME) == AT + 5


def test_a_reading_that_failed_is_not_repeated_by_each_request(valkey, permissions, list_clock):
    tell()
    permissions("-zrangebyscore")
    assert revocations.until_ms(NAME) == 0
    with counted(valkey) as commands:
        assert revocations.until_ms(NAME) == 0
    assert commands == []
    permissions("+zrangebyscore")
    list_clock.pass_by(revocations.PAUSE_AFTER_FAILURE_S)
    assert revocations.until_ms(NAME) == AT


def test_without_a_journal_the_process_knows_what_it_reads_and_holds(valkey, monkeypatch, caplog, list_clock):
    class Unusable:
        def __getattr__(self, name):
            raise JournalUnavailable("The disk is gone.")

    tell()
    revocations.until_ms(NAME)
    monkeypatch.setattr(revocations, "journal", Unusable)
    list_clock.pass_by(revocations.STALE_AFTER_S)
    tell("other")
    with caplog.at_level(logging.ERROR):
        revocations.hold("held", at=AT)
        assert [revocations.until_ms(name) for name in ("other", "held")] == [AT, AT]
        assert revocations.until_ms_in_30_days("held") == AT
    assert caplog.text.count("The disk is gone.") == 4


def test_a_thread_reads_the_list(valkey):
    threads.start()
    try:
        tell()  # the clock of the list stands still, so no request reads it
        wait_until(lambda: revocations.until_ms(NAME) == AT, at_most_s=deadline(promised_s=2))
    finally:
        threads.stop()


# --- the set in Redis


def test_what_was_told_again_keeps_its_first_place(valkey):
    tell()
    first = valkey.client.zscore(TOLD, NAME)
    tell(at=AT - 5)
    assert (valkey.client.zscore(TOLD, NAME), valkey.client.hget(UNTIL, NAME)) == (first, str(AT))
    tell(at=AT + 5)
    assert valkey.client.zscore(TOLD, NAME) > first
    assert valkey.client.hget(UNTIL, NAME) == str(AT + 5)


def test_what_is_older_than_30_days_is_removed(valkey):
    put(valkey, "old", ago_us=30 * 24 * 60 * MINUTE_US + 1)
    put(valkey, "young", ago_us=30 * 24 * 60 * MINUTE_US - 60 * MINUTE_US)
    tell()
    assert valkey.client.zrange(TOLD, 0, -1) == ["young", NAME]
    assert set(valkey.client.hkeys(UNTIL)) == {"young", NAME}


def test_the_set_has_at_most_200_000_names_and_the_oldest_are_removed(valkey):
    seconds, _ = valkey.client.time()
    names = [f"n{number}" for number in range(200_050)]
    first_us = seconds * 1_000_000 - 300_000
    valkey.client.zadd(TOLD, {name: first_us + number for number, name in enumerate(names)})
    valkey.client.hset(UNTIL, mapping=dict.fromkeys(names, AT))
    tell()
    assert valkey.client.zcard(TOLD) == valkey.client.hlen(UNTIL) == 200_000
    assert valkey.client.zrange(TOLD, 0, 0) == ["n51"]
    assert valkey.client.zscore(TOLD, NAME)


def test_on_a_cluster_the_keys_share_a_slot_with_those_of_erasures(settings):
    settings.REDIS_ENDPOINT = settings.REDIS_ENDPOINT.__class__(
        url="", display="", variable="REDIS_URL", nodes=(("127.0.0.1", 1),)
    )
    every = (*erasure_keys.announced(), erasure_keys.unfinished(), *erasure_keys.revoked())
    assert {key.split("}")[0] for key in every} == {"aira:{erasures"}
