"""A request of HTTP/2 as bytes, without TLS: just enough to ask a server once."""

import socket
import struct
from contextlib import contextmanager

from tests.support.waiting import PATIENCE_S

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(kind, *, flags=0, stream=0, content=b""):
    return struct.pack(">I", len(content))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + content


def _headers(pairs):
    """Return the pairs, each as a literal that is not indexed (RFC 7541, 6.2.2)."""
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in pairs)


def _text(text):
    assert len(text) < 127
    return bytes([len(text)]) + text.encode()


def _begun(path, pieces, more=()):
    """Return the bytes of a POST up to its last piece."""
    pairs = [(":method", "POST"), (":scheme", "http"), (":authority", "localhost"), (":path", path), *more]
    asked = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS)
    asked += frame(HEADERS, flags=END_HEADERS, stream=1, content=_headers(pairs))
    return asked + b"".join(frame(DATA, stream=1, content=piece) for piece in pieces)


def ask(port, path, pieces, *, ending=None, more=()):
    """POST the pieces, without a length; return the content of the answer. `ending` replaces the last frame."""
    end = frame(DATA, flags=END_STREAM, stream=1) if ending is None else ending
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.sendall(_begun(path, pieces, more) + end)
        return _content(connection)


@contextmanager
def reset(port, path, piece):
    """POST the piece, and reset the request without ending it; the connection stays open while the block runs."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.sendall(_begun(path, [piece]) + frame(PING, content=bytes(8)))
        frames = _frames(connection)
        while next(frames)[:2] != (PING, ACK):
            continue
        connection.sendall(frame(RST_STREAM, stream=1, content=bytes([0, 0, 0, 8])))
        yield


def _frames(connection):
    """Yield the kind, flags, stream and content of each frame, until the connection ends."""
    while head := _exactly(connection, 9):
        content = _exactly(connection, int.from_bytes(head[:3], "big"))
        if head[3] == SETTINGS and not head[4] & ACK:
            connection.sendall(frame(SETTINGS, flags=ACK))
        yield head[3], head[4], int.from_bytes(head[5:9], "big"), content


def _exactly(connection, size):
    received = b""
    while len(received) < size and (piece := connection.recv(size - len(received))):
        received += piece
    return received


def _content(connection):
    content = b""
    for kind, flags, _, body in _frames(connection):
        if kind == DATA:
            content += body
        if (kind in (DATA, HEADERS) and flags & END_STREAM) or kind in (RST_STREAM, GOAWAY):
            return content
    return content
