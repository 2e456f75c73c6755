"""A proxy between the client and Valkey that loses commands or replies, on a unix socket of its own."""

import contextlib
import select
import socket
import socketserver
import threading
from pathlib import Path

_CHUNK_BYTES = 65536


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.owner.converse(self.request)


class SwallowingProxy:
    """Forwards everything except the first `failures` commands; after each of those it closes the connection.

    With `loses="command"` the server never receives them; with `loses="reply"` it runs them and the reply is lost; with
    `loses="reply, silently"` the connection stays open, too. `only` is a part of the commands that may be swallowed.
    """

    def __init__(
        self, path: Path, target: Path, *, failures: int = 2, loses: str = "command", only: bytes = b""
    ) -> None:
        self.path = path
        self.failures = failures
        self.swallowed = 0
        self._target = target
        self._loses = loses
        self._only = only
        self._clients: list[socket.socket] = []
        self._server = socketserver.ThreadingUnixStreamServer(str(path), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def converse(self, client: socket.socket) -> None:
        """Forward one client's commands to the server and the replies back, until either closes the connection."""
        self._clients.append(client)
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(str(self._target))
            other = {client: server, server: client}
            while True:
                readable, _, _ = select.select(list(other), [], [])
                for end in readable:
                    received = end.recv(_CHUNK_BYTES)
                    is_swallowed = received and end is client and self._swallows(received, server)
                    if not received or (is_swallowed and self._loses != "reply, silently"):
                        return
                    if not is_swallowed:
                        other[end].sendall(received)

    def _swallows(self, command: bytes, server: socket.socket) -> bool:
        if self.swallowed >= self.failures or self._only not in command:
            return False
        self.swallowed += 1
        if self._loses != "command":
            server.sendall(command)
            server.recv(_CHUNK_BYTES)
        return True

    def close(self) -> None:
        """Close all connections and wait for the threads."""
        self._server.shutdown()
        self._thread.join()
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
