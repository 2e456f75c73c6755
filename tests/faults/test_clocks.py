"""Wrong clocks, on one host or on two hosts with a journal each, change neither counts nor which value stands."""

import threading
import time

import pytest

from chat.models import Message
from chat.services import save_conversation
from redis_models.health import clock, monitor
from redis_models.replay.drain import drain
from redis_models.schema.codec import iso_from_ms
from tests.faults.harness.ledger import Operation, read_ledger
from tests.faults.harness.storm import verdict_on
from tests.faults.harness.subjects import Aira
from tests.faults.harness.zygote import Job
from tests.protocol.traces.hosts import assert_legal, tracing
from tests.protocol.traces.lines import fault
from tests.support.people import TEXT
from tests.support.waiting import joined, wait_until

MINUTES_MS = 60_000
SLOW, FAST = -2.5 * MINUTES_MS, 2.5 * MINUTES_MS
SAVES_OF_A_HOST = 1500


@pytest.fixture
def host(durable_server, tmp_path):
    """Build the job of a process on its own host, with its own data dir and clock."""

    def job(name, *, clock_ahead_ms, **options):
        return Job(
            url=f"unix://{durable_server.socket}",
            data_dir=str(tmp_path / name),
            log=str(tmp_path / f"{name}.ledger"),
            stamps=True,
            clock_ahead_ms=int(clock_ahead_ms),
            **options,
        )

    return job


def merged_ledger(tmp_path):
    return read_ledger(*(tmp_path / f"{name}.ledger" for name in ("slow", "fast")))


def number_acknowledged(tmp_path):
    return len(merged_ledger(tmp_path).acknowledged)


def test_two_hosts_with_clocks_five_minutes_apart_neither_lose_nor_duplicate_saves(
    zygote, host, durable_server, tmp_path, assert_clean
):
    slow = host("slow", clock_ahead_ms=SLOW, count=SAVES_OF_A_HOST)
    fast = host("fast", clock_ahead_ms=FAST, first=SAVES_OF_A_HOST, count=SAVES_OF_A_HOST)
    ended, begun = [], clock.now_ms()
    running = threading.Thread(target=lambda: ended.extend(zygote.run(slow, fast)))
    running.start()
    wait_until(lambda: number_acknowledged(tmp_path) > 300)
    with tracing(tmp_path / "slow"), fault("kill!"), tracing(tmp_path / "fast"), fault("kill!"):
        durable_server.stop()
        enough = min(number_acknowledged(tmp_path) + 300, 2 * SAVES_OF_A_HOST)
        wait_until(lambda: number_acknowledged(tmp_path) >= enough)
        durable_server.start()
    joined(running)
    assert ended == [0, 0]
    assert all(assert_legal(tmp_path / name).rows > 0 for name in ("slow", "fast"))
    client = durable_server.client
    verdict = verdict_on(merged_ledger(tmp_path), Aira(), client)
    assert_clean(verdict)
    assert verdict.acknowledged == 2 * SAVES_OF_A_HOST
    ended_at = clock.now_ms()
    created = [client.zrange(f"user:{user}:conversations", 0, -1, withscores=True) for user in ("u0", "u7", "u19")]
    assert all(begun - 1000 < at < ended_at + 1000 for index in created for _, at in index), "times are the server's"


def test_the_later_write_stands_whichever_host_wrote_it(zygote, host, durable_server):
    assert zygote.run(host("fast", clock_ahead_ms=FAST, first=0, count=1)) == [0]
    assert zygote.run(host("slow", clock_ahead_ms=SLOW, first=200, count=1)) == [0]
    assert Operation(0).conversation_id == Operation(200).conversation_id
    assert durable_server.client.hget("user:u0:conversation:c0", "title") == "Chat 200"


def save(title, *, at=None):
    message = Message(title, "user", TEXT, "2026-11-23T08:00:00.000Z")
    return save_conversation(user_id="u1", conversation_id="c1", title=title, messages=[message], at=at)


def server_ms(valkey):
    seconds, microseconds = valkey.client.time()
    return seconds * 1000 + microseconds // 1000


def later_than(ms):
    """Wait until the clock of writes is later than `ms`."""
    wait_until(lambda: clock.now_ms() > ms)


@pytest.mark.parametrize("step_ms", [60 * MINUTES_MS, -60 * MINUTES_MS])
def test_a_step_of_the_hosts_clock_does_not_decide_which_write_stands(valkey, monkeypatch, step_ms):
    monitor.probe_once()
    now_ns, begun = time.time_ns, server_ms(valkey)
    save("before")
    monkeypatch.setattr(time, "time_ns", lambda: now_ns() + step_ms * 1_000_000)
    save("between")
    later_than(clock.now_ms())
    monitor.probe_once()
    save("after")
    assert valkey.client.hget("user:u1:conversation:c1", "title") == "after"
    assert begun - 1000 <= valkey.client.zscore("user:u1:conversations", "c1") <= server_ms(valkey) + 1000


def test_a_time_far_ahead_is_clamped_to_a_minute_ahead(valkey):
    save("ahead", at=server_ms(valkey) + 60 * MINUTES_MS)
    assert valkey.client.hget("user:u1:conversation:c1", "updatedAt") <= iso_from_ms(server_ms(valkey) + 61_000)


def test_a_write_from_a_clock_that_is_ahead_changes_nothing_when_it_is_applied_again(valkey):
    save("ahead", at=server_ms(valkey) + 60 * MINUTES_MS)
    before = valkey.client.hgetall("user:u1:conversation:c1")
    later_than(server_ms(valkey) + 10)
    assert drain().applied == 1
    assert valkey.client.hgetall("user:u1:conversation:c1") == before
