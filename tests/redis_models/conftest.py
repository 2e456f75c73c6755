"""Fixtures of the Redis layer's own tests."""

import socket
import threading

import pytest

from redis_models.endpoint import Endpoint
from redis_models.health import monitor
from redis_models.operations.read import Read


@pytest.fixture
def profile_read():
    """Build one of the simplest real reads."""

    def build(user_id="u1"):
        return Read(user_id, "accounts.profile.1", (f"user:{user_id}:profile",))

    return build


@pytest.fixture
def away(valkey):
    """Stop the server; call the returned function to bring it back."""
    valkey.stop()

    def back():
        valkey.start()
        monitor.probe_once()

    return back


def unix(path, options=""):
    return Endpoint(url=f"unix://{path}{options}", display="test", variable="REDIS_URL")


@pytest.fixture
def answering(tmp_path, connect_to):
    """Point the client at a server that answers every command by the same bytes (none: by nothing)."""
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
