"""Reading JSON from the identity provider: one deadline for everything, a bound on the size, and no redirects."""

import http.client
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from texts.typed_json import decoder

CONNECT_TIMEOUT_S = 2.0
ANSWER_MAX_BYTES = 512 * 1024


def read_json(url: str, *, within_s: float) -> dict[str, Any]:
    """Return the object at the url.

    A provider that sends a byte now and then keeps within any time-out of a read, so the connection is shut down at the
    deadline. Raises OSError, http.client.HTTPException, ValueError and msgspec.MsgspecError.
    """
    with _deadline(within_s) as deadline:
        opener = urllib.request.build_opener(_NoRedirect, _Http(deadline), _Https(deadline))
        with opener.open(url, timeout=min(CONNECT_TIMEOUT_S, within_s)) as answer:
            body = answer.read(ANSWER_MAX_BYTES + 1)
    if len(body) > ANSWER_MAX_BYTES:
        raise ValueError("the answer is too large")
    return decoder(dict[str, Any]).decode(body)


class _Deadline:
    """Shuts the connections down that are open when it has passed."""

    def __init__(self, within_s: float) -> None:
        self._ends_s = time.monotonic() + within_s
        self._sockets: list[socket.socket] = []

    def add(self, opened: socket.socket) -> None:
        """Note a connection; raises TimeoutError if the deadline has passed."""
        self._sockets.append(opened.dup())  # TLS takes the other one over
        if time.monotonic() >= self._ends_s:
            raise TimeoutError("the deadline has passed")

    def pass_now(self) -> None:
        """Shut all connections down, whatever they wait for."""
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close what was noted."""
        for each in self._sockets:
            each.close()


@contextmanager
def _deadline(within_s: float) -> Iterator[_Deadline]:
    deadline = _Deadline(within_s)
    timer = threading.Timer(within_s, deadline.pass_now)
    timer.daemon = True
    timer.start()
    try:
        yield deadline
    finally:
        timer.cancel()
        timer.join()
        deadline.close()


class _Connection(http.client.HTTPConnection):
    """A connection that its deadline knows from its first byte on."""

    deadline: _Deadline

    def connect(self) -> None:
        """Connect, and note the connection."""
        super().connect()
        self.deadline.add(self.sock)


class _TlsConnection(http.client.HTTPSConnection, _Connection):
    """The same with TLS: the base classes connect in this order, so the handshake is within the deadline, too."""


def _connecting(kind: type[_Connection], deadline: _Deadline) -> Any:
    """Return what urllib calls in place of the class of its connections."""

    def connection(*args: Any, **options: Any) -> _Connection:
        made = kind(*args, **options)
        made.deadline = deadline
        return made

    return connection


class _Http(urllib.request.HTTPHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Open the url."""
        return self.do_open(_connecting(_Connection, self._deadline), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Open the url; the certificate is checked."""
        return self.do_open(_connecting(_TlsConnection, self._deadline), req, context=ssl.create_default_context())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow no redirect, which makes it an HTTPError."""
