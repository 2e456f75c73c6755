"""Connections whose client says nothing."""

import socket

import pytest

from aira_site.process.silent_connections import SILENT_AT_MOST_S, SilentConnections
from tests.support.waiting import PATIENCE_S


class Clock:
    now_s = 100.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def connections(clock):
    return SilentConnections(clock)


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def connected(server, said=b""):
    client = socket.create_connection(server.getsockname(), timeout=PATIENCE_S)
    accepted, _ = server.accept()
    client.sendall(said)
    if said:
        accepted.recv(1, socket.MSG_PEEK)
    return client, accepted


@pytest.mark.parametrize("said", [b"", b"P", b"PRI * HTTP/2.0"])
def test_a_connection_that_says_too_little_is_ended_after_ten_seconds(server, connections, clock, said):
    client, accepted = connected(server, said)
    with client, accepted:
        assert connections.end_old() == 0
        clock.now_s += SILENT_AT_MOST_S - 0.1
        assert connections.end_old() == 0
        clock.now_s += 0.1
        assert connections.end_old() == 1
        assert client.recv(1) == b""


def test_a_connection_that_has_sent_the_begin_of_a_request_is_left_to_the_server(server, connections, clock):
    client, accepted = connected(server, b"GET /live HTTP/1.1\r\nHost: localhost\r\n")
    with client, accepted:
        connections.end_old()
        clock.now_s += 10 * SILENT_AT_MOST_S
        assert connections.end_old() == 0


def test_connections_to_other_servers_are_not_touched(server, connections, clock):
    with socket.create_server(("127.0.0.1", 0)) as other:
        client, accepted = connected(other)
    with client, accepted:
        connections.end_old()
        clock.now_s += SILENT_AT_MOST_S
        assert connections.end_old() == 0, "nobody listens on that port in this process"
