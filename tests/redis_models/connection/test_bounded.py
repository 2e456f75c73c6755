"""Retries: attempts, log lines, budgets, and freeing blocked callers."""

import logging
import threading

import pytest

from redis_models import connection
from redis_models.budget import budget
from redis_models.connection import bounded
from redis_models.connection.connection_classes import UnixConnection
from redis_models.errors import BudgetSpent, RedisUnavailable
from redis_models.operations.scripts import script
from tests.redis_models.blocked import number_blocked
from tests.support.waiting import deadline, lasting, wait_until, within

RETRYING = "Redis unavailable — retrying."


def read_profile():
    return connection.run_script(script("accounts.profile.1"), ["user:u1:profile"], [])


def attempts(caplog):
    return [record.getMessage() for record in caplog.records if RETRYING in record.getMessage()]


def test_a_refused_operation_is_tried_exactly_four_times_and_each_attempt_is_logged(valkey, connect_to, caplog):
    valkey.stop()
    with pytest.raises(RedisUnavailable):
        read_profile()
    assert [line.partition("attempt=")[2][0] for line in attempts(caplog)] == ["1", "2", "3"]
    assert all("operation=accounts.profile.1" in line for line in attempts(caplog))
    failed = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage().partition(".")[0] for record in failed] == ["Redis operation failed"]
    assert "user:u1" not in caplog.text


def test_the_documented_policy_is_thirty_seconds_and_three_retries_half_a_second_apart(settings):
    from aira_site.settings import Environment

    fields = Environment.model_fields
    assert fields["redis_timeout_s"].default == 30
    assert fields["redis_retries"].default == 3
    assert fields["redis_retry_delay_ms"].default == 500


def test_attempts_are_half_a_second_apart(valkey, connect_to):
    connect_to(AIRA_REDIS_RETRY_DELAY_MS=500)
    valkey.stop()
    with lasting(3 * 0.5), pytest.raises(RedisUnavailable):
        read_profile()


def test_a_server_that_comes_back_between_attempts_is_used(valkey, at_attempt, caplog):
    valkey.stop()
    at_attempt(2, valkey.start)
    assert read_profile() == []
    assert len(attempts(caplog)) == 2


def test_a_hung_server_blocks_a_request_no_longer_than_its_budget(valkey, connect_to):
    connect_to(AIRA_REDIS_TIMEOUT_S=30)
    read_profile()
    valkey.pause()
    with lasting(0.25), within(deadline(promised_s=0.3)), budget(0.3), pytest.raises(RedisUnavailable):
        read_profile()


def test_a_spent_budget_fails_before_anything_is_sent(valkey):
    valkey.pause()
    with budget(0.0), pytest.raises(BudgetSpent):
        read_profile()


def test_a_late_reply_is_never_read_as_the_next_one(valkey, connect_to):
    connect_to(AIRA_REDIS_TIMEOUT_S=30, AIRA_REDIS_RETRIES=0)
    valkey.client.hset("user:u1:profile", "name", "Ann")
    valkey.pause()
    with budget(0.3), pytest.raises(RedisUnavailable):
        read_profile()
    valkey.resume()
    assert connection.run_script(script("accounts.owner.1"), ["email:nobody:userId", "email:nobody:claimants"], []) == [
        "",
        "",
    ]


def read_profile_at_length():
    """Read a profile with a command so long that a hung server does not receive all of it."""
    connection.run_script(script("accounts.profile.1"), ["user:u1:profile"], ["x" * 8_000_000])


@pytest.mark.parametrize("ask", [read_profile, read_profile_at_length])
def test_callers_blocked_on_a_hung_server_are_freed_and_not_retried(valkey, connect_to, caplog, ask):
    connect_to(AIRA_REDIS_TIMEOUT_S=30)
    read_profile()
    valkey.pause()
    blocked_before = number_blocked()
    outcomes = []

    def call():
        try:
            ask()
        except RedisUnavailable:
            outcomes.append("freed")

    for _ in range(8):
        threading.Thread(target=call, daemon=True).start()
    wait_until(lambda: number_blocked() - blocked_before == 8)
    connection.free_blocked_callers()
    wait_until(lambda: len(outcomes) == 8, at_most_s=deadline(promised_s=1.5))
    assert attempts(caplog) == []


class EndedSocket:
    """Raises an error as a closed socket does."""

    def shutdown(self, _):
        raise OSError


def test_freeing_an_idle_or_closed_connection_has_no_effect(valkey, monkeypatch):
    read_profile()
    connection.free_blocked_callers()
    ended = UnixConnection(path=str(valkey.socket))
    ended.establish()
    ended.is_waiting = True
    with monkeypatch.context() as patched:
        patched.setattr(bounded.socket, "socket", EndedSocket)
        ended.free()
    ended.is_waiting = False
    ended.disconnect()
    assert read_profile() == []


def test_a_restarted_server_is_noticed_by_pooled_connections(valkey, caplog):
    read_profile()
    valkey.stop()
    valkey.start()
    assert read_profile() == []


def test_an_unknown_script_needs_one_additional_round_trip_once(valkey):
    valkey.client.script_flush()
    valkey.client.config_resetstat()
    read_profile()
    read_profile()
    calls = {name: stats["calls"] for name, stats in valkey.client.info("commandstats").items()}
    assert calls["cmdstat_evalsha"] == 2
    assert calls["cmdstat_eval"] == 1
