import pytest

from accounts.privacy import erasure
from chat.models import Message
from chat.services import save_conversation
from redis_models.background import threads
from redis_models.health import breaker, clock, host_clock, registry
from tests.support.commands import counted

AHEAD_MS = 300_000
NEAR_MS = 60_000
"""No test takes so long, and no answer of a server either."""


@pytest.fixture
def ahead(valkey, monkeypatch):
    """Set the clock of this host five minutes ahead; no probe has told the process the server's time."""
    monkeypatch.setattr(host_clock, "BEGAN_NS", host_clock.BEGAN_NS + AHEAD_MS * 1_000_000)


def is_the_servers(server, ms):
    seconds, _ = server.client.time()
    return abs(ms - seconds * 1000) < NEAR_MS


def test_a_process_without_a_monitor_asks_for_the_time_once_before_it_uses_one(ahead, valkey):
    with counted(valkey) as first:
        assert is_the_servers(valkey, clock.now_ms())
    with counted(valkey) as second:
        assert is_the_servers(valkey, clock.now_ms())
    assert ("EVALSHA" in first, "EVALSHA" in second) == (True, False)


def test_a_save_after_an_erasure_by_a_clock_that_is_ahead_is_stored(ahead):
    erasure.erase(user_id="u1")
    message = Message("m1", "user", "I slept well", "2026-11-23T08:00:00.000Z")
    assert save_conversation(user_id="u1", conversation_id="c1", messages=[message]).receipt.outcome == "applied"


def test_a_serving_process_knows_the_time_before_its_first_request(ahead, valkey):
    threads.start()
    try:
        offset_ms = registry.current().clock_offset_ms
    finally:
        threads.stop()
    assert is_the_servers(valkey, host_clock.steady_ms() + offset_ms)


def test_while_redis_is_away_the_hosts_time_is_used_and_the_servers_from_the_next_trial_on(ahead, valkey, monkeypatch):
    monkeypatch.setattr(breaker, "TRIAL_INTERVAL_S", 0.0)
    valkey.stop()
    early = clock.now_ms()
    valkey.start()
    assert not is_the_servers(valkey, early)
    assert is_the_servers(valkey, clock.now_ms())
    assert registry.current().is_healthy


def test_while_a_monitor_runs_only_its_probes_ask_for_the_time(ahead, valkey):
    registry.set_monitored(is_running=True)
    with counted(valkey) as asked:
        assert not is_the_servers(valkey, clock.now_ms())
    assert "EVALSHA" not in asked


def test_an_error_of_measurement_does_not_set_the_time_back():
    assert host_clock.settled_offset(15, before=None) == 0
    assert host_clock.settled_offset(995, before=1000) == 1000
    assert host_clock.settled_offset(-1000, before=1000) == -1000
