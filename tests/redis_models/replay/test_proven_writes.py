import pytest

from redis_models.connection import Link
from redis_models.errors import RedisUnavailable
from redis_models.journal import journal
from redis_models.replay.drain import drain
from redis_models.replay.proven_writes import proven


def test_writes_are_applied_and_proven(valkey, plan_write):
    assert proven(journal(), [plan_write(), plan_write(user_id="u2")]).weakness == ""
    assert valkey.client.hget("user:u2:profile", "plan") == "plus"
    assert journal().admin.status().applied == 0


def test_a_server_that_can_prove_nothing_says_why(valkey, plan_write):
    valkey.client.config_set("appendfsync", "no")
    try:
        assert "appendfsync" in proven(journal(), [plan_write()]).weakness
    finally:
        valkey.client.config_set("appendfsync", "always")


def test_what_is_not_proven_in_time_is_not_proven(valkey, plan_write, monkeypatch):
    monkeypatch.setattr(Link, "unconfirmed", lambda *_, **__: "too late")
    with pytest.raises(RedisUnavailable, match="did not prove in time"):
        proven(journal(), [plan_write()])


def test_a_flush_during_the_proof_is_noticed(valkey, plan_write, monkeypatch):
    drain()
    monkeypatch.setattr(Link, "unconfirmed", lambda *_, **__: "" if valkey.client.flushall() else "refused")
    with pytest.raises(RedisUnavailable, match="emptied"):
        proven(journal(), [plan_write()])


def test_a_database_that_lost_its_mark_proves_nothing(valkey, plan_write):
    drain()
    valkey.client.flushall()
    with pytest.raises(RedisUnavailable, match="lost its mark"):
        proven(journal(), [plan_write()])
