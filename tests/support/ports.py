"""Ports for servers of tests."""

import random
import socket

BELOW_EPHEMERAL = (15_000, 32_000)
"""Ports that the system does not hand out to clients by itself: one of those may be taken before a server binds it."""


def free_port() -> int:
    """Return a loopback port that nothing listens on now, and that most probably nobody takes meanwhile."""
    while True:
        port = random.SystemRandom().randrange(*BELOW_EPHEMERAL)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
