"""A link: how long it waits for replies, and how its conversations end."""

import gc
from types import SimpleNamespace

import pytest

from redis_models import connection
from redis_models.connection import Call
from redis_models.connection.bounded import BoundedConnection
from redis_models.connection.link import COMMANDS_AT_ONCE, OPERATION_BUDGET_S
from redis_models.errors import RedisRefusing

PROBE = Call("redis_models.probe.1", ["aira:probe"], [])
STEP_S = 0.1


@pytest.fixture
def waits_s(valkey, monkeypatch):
    """Return how long each reply may take (s), by a clock that advances by 0.1 s whenever it is looked at."""
    clock, found, read = SimpleNamespace(now_s=0.0), [], BoundedConnection.read_response

    def monotonic():
        clock.now_s += STEP_S
        return clock.now_s

    def read_response(self, *args, **options):
        found.append(self.socket_timeout)
        return read(self, *args, **options)

    monkeypatch.setattr("redis_models.budget.time", SimpleNamespace(monotonic=monotonic))
    monkeypatch.setattr(BoundedConnection, "read_response", read_response)
    return found


def test_each_reply_may_take_as_long_as_the_first_so_a_busy_server_that_answers_is_not_given_up(waits_s):
    with connection.link_to(connection.ONLY) as link:
        waits_s.clear()
        assert len(list(link.run([PROBE] * (2 * COMMANDS_AT_ONCE)))) == 2 * COMMANDS_AT_ONCE
    assert len(waits_s) > 2 * COMMANDS_AT_ONCE
    assert OPERATION_BUDGET_S * 0.8 < min(waits_s) <= max(waits_s) < OPERATION_BUDGET_S


def test_a_conversation_that_was_broken_off_does_not_break_a_later_one_on_its_connection(permissions, plan_write):
    write = plan_write()
    calls = [connection.Call(write.script, write.keys, write.argv)] * (COMMANDS_AT_ONCE + 1)
    with connection.link_to(connection.ONLY) as link:
        assert len(list(link.run(calls))) == len(calls)
        permissions("-evalsha")
        with pytest.raises(RedisRefusing) as refused:
            list(link.run(calls))
    permissions("+evalsha")
    with connection.link_to(connection.ONLY) as link:
        assert next(link.run(calls[:1]))[0] == "duplicate"
        del refused
        gc.collect()
        assert next(link.run(calls[:1]))[0] == "duplicate"


def test_a_conversation_that_ends_late_does_not_end_the_next_one(valkey, plan_write, monkeypatch):
    """An error keeps the frames of a conversation alive until they are collected, which may be at any time."""
    write = plan_write()
    call = connection.Call(write.script, write.keys, write.argv)
    send = BoundedConnection.send_packed_command

    def end_and_send(self, commands, **options):
        if commands:
            first.close()
        send(self, commands, **options)

    with connection.link_to(connection.ONLY) as link:
        first = link.run([call])
        assert next(first)[0] == "applied"
        monkeypatch.setattr(BoundedConnection, "send_packed_command", end_and_send)
        assert next(link.run([call]))[0] == "duplicate"
