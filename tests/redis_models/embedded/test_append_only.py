"""The append-only file of a real embedded server, and its rewriting."""

import pytest
import redis

from redis_models.embedded import append_only
from redis_models.embedded.append_only import rewrite_append_only_file
from redis_models.embedded.server import EmbeddedServer, EmbeddedServerUnavailable
from tests.support.waiting import wait_until


@pytest.fixture
def server(tmp_path):
    server = EmbeddedServer(tmp_path)
    server.start()
    yield server
    server.stop()


def holds(server, text):
    return any(text in file.read_bytes() for file in (server.folder / "appendonlydir").iterdir())


def test_removed_data_are_gone_from_the_file_after_a_rewrite(server, tmp_path):
    client = redis.Redis(unix_socket_path=str(server.socket))
    client.set("user:u1:profile", "canary")
    client.delete("user:u1:profile")
    client.close()
    wait_until(lambda: holds(server, b"canary"))
    assert rewrite_append_only_file(tmp_path)
    assert not holds(server, b"canary")


def test_a_server_that_does_not_answer_has_rewritten_nothing(tmp_path):
    assert not rewrite_append_only_file(tmp_path)


def test_a_rewrite_that_does_not_end_is_told(server, tmp_path, monkeypatch):
    monkeypatch.setattr(append_only, "REWRITE_TIMEOUT_S", 0.0)
    monkeypatch.setattr(append_only, "REWRITING", ("aof_enabled:1",))
    with pytest.raises(EmbeddedServerUnavailable, match="still rewriting"):
        rewrite_append_only_file(tmp_path)
