"""Attacks by connections and bodies: slow ones, silent ones, and large ones that are refused."""

import selectors
import socket
import time
from collections.abc import Iterator
from itertools import cycle

from bench.attacks.target import Target
from bench.threads import run_at_once

SLOW, SILENT, REFUSED = 300, 300, 12
PAUSE_S = 1.0
"""How often a slow client looks whether it was ended. A byte of each body is sent once a minute."""
BYTE_EVERY_S = 60.0
REFUSED_BYTES = 16 * 1024 * 1024 - 1

_POST = b"POST /api/chat/save HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
SLOW_BEGINNINGS = (
    _POST + b"Content-Length: 60000\r\n\r\n{",
    _POST + b"Content-Length: 60000\r\n\r\n",
    _POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
)
SILENT_BEGINNINGS = (b"", b"P", b"PRI * HTTP/2.0\r\n")


def slow_bodies(target: Target) -> int:
    """Keep 300 requests open whose bodies get a byte a minute; return how many were begun."""
    return _kept_open(target, cycle(SLOW_BEGINNINGS), SLOW)


def silent_connections(target: Target) -> int:
    """Keep 300 connections open that say nothing, or less than a request; return how many were opened."""
    return _kept_open(target, cycle(SILENT_BEGINNINGS), SILENT)


def _kept_open(target: Target, beginnings: Iterator[bytes], count: int) -> int:
    until, begun = time.monotonic() + target.seconds, 0
    with selectors.DefaultSelector() as opened:
        while time.monotonic() < until:
            while len(opened.get_map()) < count:
                opened.register(_begun(target.port, next(beginnings)), selectors.EVENT_READ, time.monotonic())
                begun += 1
            for key, _ in opened.select(PAUSE_S):
                if not _answered(key.fileobj):
                    opened.unregister(key.fileobj)
                    key.fileobj.close()
            _send_bytes_that_are_due(opened)
        for key in list(opened.get_map().values()):
            key.fileobj.close()
    return begun


def _begun(port: int, beginning: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(beginning)
    return connection


def _answered(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def _send_bytes_that_are_due(opened: selectors.BaseSelector) -> None:
    now = time.monotonic()
    for key in list(opened.get_map().values()):
        if now - key.data >= BYTE_EVERY_S:
            opened.modify(key.fileobj, selectors.EVENT_READ, now)
            try:
                key.fileobj.send(b"1")
            except OSError:
                continue


def refused_bodies(target: Target) -> int:
    """Send bodies of 16 MiB, which are refused, from 12 clients at full speed; return how many were sent."""
    until, sent = time.monotonic() + target.seconds, []

    def send(_: int) -> None:
        while time.monotonic() < until:
            try:
                with _begun(target.port, _POST + b"Content-Length: %d\r\n\r\n" % REFUSED_BYTES) as connection:
                    connection.sendall(bytes(REFUSED_BYTES))
                    sent.append(connection.recv(12))
            except OSError:
                continue

    run_at_once(send, REFUSED)
    return len(sent)
