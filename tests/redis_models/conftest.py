"""Fixtures for tests of the Redis layer."""

import socket
import threading

import pytest

from redis_models.endpoint import Endpoint
from redis_models.health import monitor
from redis_models.operations.read import Read


@pytest.fixture
def profile_read():
    """Build a simple read: a profile."""

    def build(user_id="u1"):
        return Read(user_id, "accounts.profile.1", (f"user:{user_id}:profile",))

    return build


@pytest.fixture
def away(valkey):
    """Stop the server and open the breaker; return a function that undoes it."""
    valkey.stop()

    def back():
        valkey.start()
        monitor.probe_once()

    return back


def unix(path, options=""):
    return Endpoint(url=f"unix://{path}{options}", display="test", variable="REDIS_URL")


@pytest.fixture
def answering(tmp_path, connect_to):
    """Connect the client to a server that answers every command with the given bytes; empty bytes are no answer."""
    listeners = []

    def listen(reply: bytes, options: str = "") -> None:
        path = tmp_path / f"{len(listeners)}.sock"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        listeners.append(listener)
        threading.Thread(target=answer, args=(listener, reply), daemon=True).start()
        connect_to(unix(path, options))

    yield listen
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def answer(listener: socket.socket, reply: bytes) -> None:
    clients = []
    try:
        while True:
            client, _ = listener.accept()
            clients.append(client)
            threading.Thread(target=converse, args=(client, reply), daemon=True).start()
    except OSError:
        for client in clients:
            client.close()


def converse(client: socket.socket, reply: bytes) -> None:
    try:
        while client.recv(65536):
            client.sendall(reply)
    except OSError:
        pass
