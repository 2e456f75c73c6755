"""Ports for test servers."""

import random
import socket

BELOW_EPHEMERAL = (15_000, 32_000)
"""Ports below the ephemeral range; the system could give an ephemeral one to a client before the server binds it."""


def free_port() -> int:
    """Return a free loopback port, which most probably stays free until the caller binds it."""
    while True:
        port = random.SystemRandom().randrange(*BELOW_EPHEMERAL)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
