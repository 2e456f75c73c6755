import pytest

from redis_models import gateway
from redis_models.errors import RedisUnavailable, ScriptFailed
from redis_models.health import registry
from redis_models.operations.read import Read
from redis_models.operations.write import Outcome
from redis_models.replay.drain import drain
from tests.environment import SOCKET
from tests.redis_models.conftest import unix
from tests.support.commands import counted
from tests.support.proxy import SwallowingProxy


def test_a_write_is_applied_once_and_then_a_duplicate(valkey, plan_write):
    assert gateway.apply(plan_write()).outcome is Outcome.APPLIED
    again = gateway.apply(plan_write())
    assert (again.outcome, again.reply) == (Outcome.DUPLICATE, ("plus",))
    assert not again.is_pending


def test_a_read_returns_the_servers_reply(valkey, plan_write, profile_read):
    gateway.apply(plan_write())
    assert gateway.read(profile_read())[:2] == ["plan", "plus"]


def test_a_failed_operation_opens_the_breaker_and_the_next_one_fails_at_once(valkey, plan_write, profile_read, caplog):
    valkey.stop()
    with pytest.raises(RedisUnavailable):
        gateway.apply(plan_write())
    assert not registry.current().is_reachable
    caplog.clear()
    for operation in (lambda: gateway.apply(plan_write()), lambda: gateway.read(profile_read())):
        with pytest.raises(RedisUnavailable):
            operation()
    with pytest.raises(RedisUnavailable):
        list(gateway.keys_matching("*"))
    assert caplog.records == []


def test_a_script_that_fails_does_not_open_the_breaker(valkey, profile_read):
    valkey.client.set("user:u1:profile", "of another type")
    with pytest.raises(ScriptFailed):
        gateway.read(profile_read())
    assert registry.current().is_healthy


@pytest.fixture
def lost(valkey):
    """A database that this host expects, emptied before this process's first operation."""
    drain()
    valkey.client.flushall()


def test_the_mark_is_read_with_the_first_operation_only(valkey, profile_read):
    with counted(valkey) as first:
        gateway.read(profile_read())
    with counted(valkey) as second:
        gateway.read(profile_read())
    assert (len(first) > len(second), second) == (True, ["EVALSHA"])


def test_a_lost_database_is_noticed_by_the_first_operation(lost, valkey, plan_write, profile_read):
    operations = (
        lambda: gateway.read(profile_read()),
        lambda: gateway.apply(plan_write()),
        lambda: list(gateway.keys_matching("user:*")),
    )
    for operation in operations:
        registry.forget()
        with pytest.raises(RedisUnavailable, match="lost its mark"):
            operation()
        assert "lost its mark" in registry.current().reason
    assert valkey.data_keys() == []


def test_without_a_monitor_a_database_that_is_back_is_noticed(lost, valkey, profile_read, monkeypatch):
    monkeypatch.setattr("redis_models.health.breaker.TRIAL_INTERVAL_S", 0.0)
    for _ in range(2):
        with pytest.raises(RedisUnavailable):
            gateway.read(profile_read())
    valkey.client.set("aira:database", "tests.1")
    gateway.read(profile_read())
    assert registry.current().is_healthy


def test_without_a_monitor_the_mark_is_read_again_after_an_outage(valkey, profile_read, monkeypatch):
    monkeypatch.setattr("redis_models.health.breaker.TRIAL_INTERVAL_S", 0.0)
    drain()
    gateway.read(profile_read())
    valkey.stop()
    with pytest.raises(RedisUnavailable):
        gateway.read(profile_read())
    valkey.start()
    valkey.client.flushall()
    with pytest.raises(RedisUnavailable, match="lost its mark"):
        gateway.read(profile_read())


def test_a_mark_whose_reply_is_lost_leaves_no_outcome_unknown(valkey, connect_to, tmp_path, plan_write):
    proxy = SwallowingProxy(tmp_path / "p.sock", SOCKET, failures=100, loses="reply")
    connect_to(unix(proxy.path))
    try:
        with pytest.raises(RedisUnavailable) as refused:
            gateway.apply(plan_write())
    finally:
        proxy.close()
    assert type(refused.value) is RedisUnavailable


def test_keys_are_found_by_pattern(valkey):
    valkey.client.set("user:u1:profile", "x")
    assert list(gateway.keys_matching("user:*:profile")) == ["user:u1:profile"]


def test_an_unknown_script_is_named_in_the_error(valkey):
    with pytest.raises(ScriptFailed, match="nowhere"):
        gateway.read(Read("u1", "nowhere.at_all.1", ()))
