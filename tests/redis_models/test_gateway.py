import pytest

from redis_models import gateway
from redis_models.errors import RedisUnavailable, ScriptFailed
from redis_models.health import registry
from redis_models.operations.read import Read
from redis_models.operations.write import Outcome


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


def test_keys_are_found_by_pattern(valkey):
    valkey.client.set("user:u1:profile", "x")
    assert list(gateway.keys_matching("user:*:profile")) == ["user:u1:profile"]


def test_an_unknown_script_is_named_in_the_error(valkey):
    with pytest.raises(ScriptFailed, match="nowhere"):
        gateway.read(Read("u1", "nowhere.at_all.1", ()))
