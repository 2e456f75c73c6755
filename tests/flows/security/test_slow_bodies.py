"""Bodies that arrive slowly hold no thread: others are answered meanwhile."""

import socket
from contextlib import ExitStack

import pytest

from aira_site.http.bodies.pace import WINDOW_S
from aira_site.http.rsgi.application import THREADS
from tests.support.waiting import PATIENCE_S, deadline, within

SLOW = 260
HEAD = b"POST /api/chat/save HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
BODIES = {
    "of a known length": (b"Content-Length: 1000\r\n\r\n", b'{"messages": '),
    "in chunks": (b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n"),
    "that do not begin": (b"Content-Length: 1000\r\n\r\n", b""),
}


@pytest.mark.parametrize("interface", ["rsgi", "asgi"])
@pytest.mark.parametrize("kind", BODIES)
def test_260_slow_bodies_stop_nobody_and_each_is_ended_after_its_deadline(serve, interface, kind):
    assert SLOW > THREADS
    site = serve(interface=interface, AIRA_AUTH="trusted")
    with ExitStack() as opened:
        clients = []
        for _ in range(SLOW):
            address = ("127.0.0.1", site.client.base_url.port)
            client = opened.enter_context(socket.create_connection(address, timeout=PATIENCE_S))
            client.sendall(HEAD + b"".join(BODIES[kind]))
            clients.append(client)
        for _ in range(20):
            with within(deadline(promised_s=1)):
                assert site.client.get("/live").status_code == 200
                assert site.client.get("/api/dashboard", params={"userId": "u1"}).status_code == 200
        with within(deadline(promised_s=WINDOW_S)):
            assert {client.recv(12) for client in clients} == {b"HTTP/1.1 408"}
