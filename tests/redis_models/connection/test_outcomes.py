"""The outcome of a failed operation: not sent, unknown or refused; each case on a real socket."""

import threading

import pytest

from redis_models import connection, gateway
from redis_models.budget import budget
from redis_models.errors import BudgetSpent, OutcomeUnknown, RedisReadOnly, RedisRefusing, RedisUnavailable
from redis_models.health import monitor, registry
from redis_models.operations.scripts import script
from tests.environment import SOCKET
from tests.redis_models.blocked import once_blocked
from tests.redis_models.conftest import unix
from tests.support.proxy import SwallowingProxy
from tests.support.waiting import joined, wait_until


def read_profile():
    return connection.run_script(script("accounts.profile.1"), ["user:u1:profile"], [])


def failure(operation=read_profile) -> RedisUnavailable:
    with pytest.raises(RedisUnavailable) as caught:
        operation()
    return caught.value


def test_a_refused_connection_means_that_nothing_was_done(valkey):
    valkey.stop()
    assert type(failure()) is RedisUnavailable


def test_a_spent_budget_means_that_nothing_was_sent(valkey):
    read_profile()
    valkey.client.config_resetstat()
    with budget(0.0):
        assert type(failure()) is BudgetSpent
    assert "cmdstat_evalsha" not in valkey.client.info("commandstats")


def test_spent_budgets_do_not_open_the_breaker(valkey, profile_read):
    for _ in range(6):
        with budget(0.0), pytest.raises(BudgetSpent):
            gateway.read(profile_read())
    assert registry.current().is_healthy


def test_an_open_breaker_means_that_nothing_was_sent(valkey, profile_read):
    for _ in range(2):
        registry.breaker_for([]).probe_missed("away")
    registry.breaker_for([]).is_monitored = True
    assert type(failure(lambda: gateway.read(profile_read()))) is RedisUnavailable


@pytest.mark.parametrize("loses", ["command", "reply"])
def test_a_connection_that_ends_before_the_reply_leaves_the_outcome_unknown(
    valkey, connect_to, tmp_path, plan_write, loses
):
    gateway.apply(plan_write(user_id="u2"))  # loads the script
    proxy = SwallowingProxy(tmp_path / "p.sock", SOCKET, failures=100, loses=loses)
    connect_to(unix(proxy.path))
    try:
        assert type(failure(lambda: gateway.apply(plan_write()))) is OutcomeUnknown
    finally:
        proxy.close()
    assert valkey.client.exists("user:u1:profile") == (loses == "reply")


def test_a_lost_reply_leaves_the_outcome_unknown_even_if_the_next_attempts_are_refused(
    valkey, connect_to, tmp_path, plan_write, at_attempt
):
    monitor.probe_once()  # reads the mark, so the write is the first operation
    proxy = SwallowingProxy(tmp_path / "p.sock", SOCKET, failures=100, loses="reply")
    connect_to(unix(proxy.path))
    at_attempt(1, proxy.path.unlink)
    try:
        assert type(failure(lambda: gateway.apply(plan_write()))) is OutcomeUnknown
    finally:
        proxy.close()


def test_a_hung_server_leaves_the_outcome_unknown(valkey, connect_to):
    connect_to(AIRA_REDIS_TIMEOUT_S=0.2)
    valkey.pause()
    assert type(failure()) is OutcomeUnknown


def test_a_freed_caller_does_not_know_the_outcome(valkey):
    read_profile()
    valkey.pause()
    with once_blocked(connection.free_blocked_callers):
        assert type(failure()) is OutcomeUnknown


def test_a_partly_written_command_leaves_the_outcome_unknown(valkey, connect_to):
    connect_to(AIRA_REDIS_TIMEOUT_S=0.2, AIRA_REDIS_RETRIES=0)
    read_profile()
    valkey.pause()
    much = ["x" * 20_000_000]
    assert type(failure(lambda: connection.run_script(script("accounts.profile.1"), ["k"], much))) is OutcomeUnknown


def test_an_error_while_connecting_means_that_the_operation_was_not_sent(answering, connect_to):
    connect_to(AIRA_REDIS_TIMEOUT_S=0.2)
    answering(b"", "?password=secret")
    assert type(failure()) is RedisUnavailable


@pytest.mark.parametrize(
    "reply",
    [
        b"-LOADING Redis is loading the dataset in memory\r\n",
        b"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
        b"-ERR max number of clients reached\r\n",
    ],
)
def test_a_server_that_is_not_ready_did_nothing(answering, reply):
    answering(reply)
    assert type(failure()) is RedisUnavailable


def test_a_server_that_is_busy_with_a_long_script_did_nothing(valkey):
    valkey.client.config_set("busy-reply-threshold", "50")
    endless = threading.Thread(target=run_endlessly, args=(valkey,))
    endless.start()
    try:
        wait_until(lambda: is_busy(valkey))
        assert type(failure()) is RedisUnavailable
    finally:
        valkey.client.script_kill()
        joined(endless)


def is_busy(valkey):
    try:
        return not valkey.client.ping()
    except connection.client.exceptions.ResponseError as error:
        return str(error).startswith("BUSY")


def run_endlessly(valkey):
    with pytest.raises(connection.client.exceptions.ResponseError, match="killed"):
        valkey.client.eval("while true do end", 0)


def test_too_few_replicas_are_the_read_only_state(valkey, plan_write):
    valkey.client.config_set("min-replicas-to-write", "1")
    try:
        assert type(failure(lambda: gateway.apply(plan_write()))) is RedisReadOnly
    finally:
        valkey.client.config_set("min-replicas-to-write", "0")
    assert not registry.current().is_writable


def test_a_failing_disk_is_the_read_only_state(answering):
    answering(b"-MISCONF Valkey is configured to save RDB snapshots, but it's currently unable to persist\r\n")
    assert type(failure()) is RedisReadOnly


def test_a_missing_password_is_fatal_and_not_retried(valkey, connect_to, caplog):
    valkey.client.config_set("requirepass", "right")
    try:
        connect_to(AIRA_REDIS_RETRY_DELAY_MS=7)
        assert type(failure()) is RedisRefusing
        assert "retrying" not in caplog.text
    finally:
        valkey.client.connection_pool.disconnect()
        valkey.stop()
