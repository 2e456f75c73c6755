"""End connections whose client says nothing, for which granian has no deadline.

granian reads the first bytes of a connection to tell HTTP/1 from HTTP/2, and waits for them without end; only then its
deadline for the head begins. Needs Linux, which tells how many bytes a connection has received.
"""

import os
import socket
import stat
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from redis_models.periodic import Periodic

SILENT_AT_MOST_S = 10.0
LOOK_INTERVAL_S = 2.0
FIRST_BYTES = 24
"""How long the preface of HTTP/2 is: after as many bytes granian knows what a connection speaks."""
_FILES = Path("/proc/self/fd")
_BYTES_RECEIVED_AT = 128
"""Where `tcpi_bytes_received` is in the system's struct tcp_info (linux/tcp.h)."""


class SilentConnections:
    """Notes since when each connection to this process has been silent. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since_s: dict[int, float] = {}

    def end_old(self) -> int:
        """End connections that have been silent for 10 s; return how many."""
        now_s = self._clock()
        since_s: dict[int, float] = {}
        ended = 0
        for number, connection in self._silent():
            since_s[number] = self._since_s.get(number, now_s)
            if now_s - since_s[number] >= SILENT_AT_MOST_S:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                ended += 1
        self._since_s = since_s
        return ended

    def _silent(self) -> Iterator[tuple[int, socket.socket]]:
        ports = {each.getsockname()[1] for each in _sockets() if _is_listening(each)}
        for each in _sockets():
            if not _is_listening(each) and each.getsockname()[1] in ports and _received(each) < FIRST_BYTES:
                yield os.fstat(each.fileno()).st_ino, each


def watch() -> None:
    """Start a thread that ends silent connections of this process, if the system can tell them."""
    if _FILES.exists():
        Periodic("silent-connections", interval_s=LOOK_INTERVAL_S, step=SilentConnections().end_old).start()


def _sockets() -> Iterator[socket.socket]:
    """Yield the TCP sockets of this process, each as a duplicate that is closed afterwards."""
    for file in _FILES.iterdir():
        try:
            number = os.dup(int(file.name))
        except OSError:  # closed meanwhile
            continue
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            os.close(number)
            continue
        with socket.socket(fileno=number) as duplicate:
            if duplicate.family in (socket.AF_INET, socket.AF_INET6) and duplicate.type == socket.SOCK_STREAM:
                yield duplicate


def _is_listening(each: socket.socket) -> bool:
    return bool(each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _received(connection: socket.socket) -> int:
    """Return how many bytes the connection has received."""
    told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_RECEIVED_AT + 8)
    return int(struct.unpack_from("=Q", told, _BYTES_RECEIVED_AT)[0])
