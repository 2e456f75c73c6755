import gc

import pytest

from redis_models import connection
from redis_models.connection.bounded import BoundedConnection
from redis_models.connection.link import COMMANDS_AT_ONCE
from redis_models.errors import RedisRefusing


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
