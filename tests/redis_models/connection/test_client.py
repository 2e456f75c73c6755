import pytest

from redis_models import connection
from redis_models.endpoint import Endpoint
from redis_models.errors import RedisReadOnly, RedisRefusing, RedisUnavailable, ScriptFailed
from redis_models.operations.scripts import Script, script
from tests.environment import SOCKET


def own_script(source):
    import hashlib

    return Script("test.own.1", source, hashlib.sha1(source.encode()).hexdigest())


def run(source="return 1"):
    return connection.run_script(own_script(source), [], [])


def unix(options=""):
    return Endpoint(url=f"unix://{SOCKET}{options}", display="test", variable="REDIS_URL")


def test_a_round_trip_really_sets_gets_and_deletes(valkey):
    assert connection.round_trip() == {"set": True, "get": True, "delete": True}
    assert valkey.keys() == []


def test_a_probe_returns_the_servers_clock(valkey):
    answer = connection.probe(connection.ONLY, timeout_s=0.3)
    seconds, _ = valkey.client.time()
    assert abs(answer.server_ms - seconds * 1000) < 2000
    assert answer.refusal == ""


def test_a_probe_is_tried_once(valkey, caplog):
    valkey.stop()
    with pytest.raises(RedisUnavailable):
        connection.probe(connection.ONLY, timeout_s=0.3)
    assert "retrying" not in caplog.text


def test_keys_are_scanned(valkey):
    valkey.client.mset({f"user:{n}:profile": "x" for n in range(50)} | {"other": "x"})
    assert set(connection.keys_matching("user:*:profile")) == {f"user:{n}:profile" for n in range(50)}


def test_a_wrong_password_is_refused_and_not_retried(valkey, connect_to, caplog):
    valkey.client.config_set("requirepass", "right")
    try:
        connect_to(unix("?password=wrong"))
        with pytest.raises(RedisRefusing):
            run()
        connect_to(unix("?db=1"))
        with pytest.raises(RedisRefusing):
            run()
        assert "retrying" not in caplog.text
        assert "wrong" not in caplog.text.replace("AuthenticationWrongNumberOfArgsError", "")
        connect_to(unix("?password=right&db=2"))
        assert run() == 1
    finally:
        valkey.client.connection_pool.disconnect()
        valkey.stop()


def test_a_missing_permission_is_refused(valkey, connect_to):
    valkey.client.execute_command("ACL", "SETUSER", "reader", "on", "nopass", "+get", "~*")
    connect_to(unix("?username=reader&password=x"))
    with pytest.raises(RedisRefusing):
        run()


def test_a_database_number_that_the_server_lacks_is_refused(valkey, connect_to):
    connect_to(unix("?db=99"))
    with pytest.raises(RedisRefusing):
        run()


def test_a_full_memory_is_read_only(valkey):
    valkey.client.config_set("maxmemory", "1")
    try:
        assert "OOM" in connection.probe(connection.ONLY, timeout_s=0.3).refusal
        with pytest.raises(RedisReadOnly):
            run("return redis.call('SET', 'a', '1')")
    finally:
        valkey.client.config_set("maxmemory", "0")


def test_a_replica_is_read_only(valkey):
    valkey.client.replicaof("127.0.0.1", "1")
    try:
        with pytest.raises(RedisReadOnly):
            run("return redis.call('SET', 'a', '1')")
    finally:
        valkey.client.replicaof("NO", "ONE")


def test_an_error_in_a_script_is_not_an_outage(valkey):
    with pytest.raises(ScriptFailed, match=r"test\.own\.1"):
        run("return redis.call('INCR', KEYS[1])")


def test_garbage_from_the_server_is_an_outage(valkey, connect_to, tmp_path):
    import socket
    import threading

    path = tmp_path / "garbage.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def babble():
        try:
            while True:
                client, _ = listener.accept()
                client.recv(100)
                client.sendall(b"!!garbage\r\n")
                client.close()
        except OSError:
            pass

    threading.Thread(target=babble, daemon=True).start()
    connect_to(Endpoint(url=f"unix://{path}", display="garbage", variable="REDIS_URL"))
    try:
        with pytest.raises(RedisUnavailable):
            run()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_a_script_is_identified_by_its_digest(valkey):
    named = script("accounts.owner.1")
    assert connection.run_script(named, ["nothing", "nobody"], []) == ["", ""]
    assert valkey.client.script_exists(named.sha) == [True]
