"""A pinned connection: several commands to one primary over the same socket."""

from contextlib import ExitStack

import pytest

from redis_models import connection
from redis_models.errors import OutcomeUnknown, RedisUnavailable, ScriptFailed
from tests.redis_models.blocked import once_blocked
from tests.support.waiting import deadline, within


def primary():
    return connection.primary_of(["user:u1:profile"])


def test_a_single_server_is_its_only_primary(valkey):
    assert connection.primaries() == (primary(),) == (connection.ONLY,)
    assert connection.key_at(primary(), "aira:probe") == "aira:probe"


def test_commands_and_pipelines_go_over_one_socket(valkey):
    with connection.connection_to(primary()) as client:
        ids = [client.client_id(), client.client_id()]
        pipeline = client.pipeline(transaction=False)
        pipeline.set("a", "1").client_id().evalsha("0" * 40, 0)
        *replies, error = pipeline.execute(raise_on_error=False)
        ids.append(replies[1])
        assert client.get("a") == "1"
        assert client.info("replication")["role"] == "master"
        ids.append(client.client_id())
    assert len(set(ids)) == 1
    assert "NOSCRIPT" in repr(error) or "No matching script" in str(error)


def test_two_hundred_parallel_operations_each_have_a_connection(valkey):
    with ExitStack() as held:
        clients = [held.enter_context(connection.connection_to(primary())) for _ in range(200)]
        assert len({client.client_id() for client in clients}) == 200


def test_a_pinned_connection_is_not_shared_and_returns_to_the_pool(valkey):
    with connection.connection_to(primary()) as one, connection.connection_to(primary()) as other:
        ids = {one.client_id(), other.client_id()}
    assert len(ids) == 2
    with connection.connection_to(primary()) as again:
        assert again.client_id() in ids


def test_a_broken_socket_is_an_error_and_is_not_opened_again(valkey, caplog):
    def set_on_a_killed_connection():
        with connection.connection_to(primary()) as client:
            valkey.client.client_kill_filter(_id=client.client_id())
            client.set("a", "1")

    with pytest.raises(OutcomeUnknown):
        set_on_a_killed_connection()
    assert not valkey.client.exists("a")
    with connection.connection_to(primary()) as client:
        assert client.set("a", "1")


def test_a_socket_that_breaks_between_two_commands_is_an_error(valkey):
    def ask():
        with connection.connection_to(primary()) as client:
            client.ping()
            client.connection_pool.get_connection().disconnect()
            client.ping()

    with pytest.raises(RedisUnavailable):
        ask()


def test_the_first_connect_keeps_to_the_policy(valkey, at_attempt, caplog):
    valkey.stop()
    at_attempt(2, valkey.start)
    with connection.connection_to(primary(), name="drain") as client:
        assert client.ping()
    assert "retrying. operation=drain attempt=2" in caplog.text


def test_errors_of_redis_py_leave_the_block_translated(valkey):
    with pytest.raises(ScriptFailed, match=r"^fence"), connection.connection_to(primary()) as client:
        client.eval("error('a defect')", 0)


def test_a_caller_blocked_during_a_pipeline_is_freed(valkey):
    valkey.client.client_pause(300_000, all=False)

    def write_and_wait():
        with connection.connection_to(primary()) as client:
            client.pipeline(transaction=False).ping().set("a", "1").execute()

    try:
        with (
            within(deadline(promised_s=1.5)),
            once_blocked(connection.free_blocked_callers),
            pytest.raises(OutcomeUnknown),
        ):
            write_and_wait()
    finally:
        valkey.client.client_unpause()
