"""Commands that a server receives, read from MONITOR; unlike times, their number does not depend on the machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import redis

from tests.support.servers import Server


@dataclass(slots=True)
class Seen:
    """Commands in order: names of those that clients sent; those that scripts ran, each as a list of words."""

    sent: list[str] = field(default_factory=list)
    in_scripts: list[list[str]] = field(default_factory=list)


@contextmanager
def watched(server: Server) -> Iterator[Seen]:
    """Collect the commands that run during the block."""
    seen = Seen()
    marker = redis.Redis(unix_socket_path=str(server.socket))
    marker.ping()
    with server.client.monitor() as monitor:
        yield seen
        marker.echo("the end")
        for each in monitor.listen():
            words = each["command"].split()
            if words[0].upper() == "ECHO":
                return
            if each["client_type"] == "lua":
                seen.in_scripts.append(words)
            else:
                seen.sent.append(words[0].upper())


@contextmanager
def counted(server: Server) -> Iterator[list[str]]:
    """Collect the names of the commands that clients send during the block."""
    with watched(server) as seen:
        yield seen.sent


def elements_read(server: Server, commands: list[list[str]]) -> int:
    """Return how many elements these commands read; runs the read-only ones again and counts their replies."""
    flags = {name.upper(): each["flags"] for name, each in server.client.command().items()}
    replies = [server.client.execute_command(*words) for words in commands if "readonly" in flags[words[0].upper()]]
    return sum(len(reply) if isinstance(reply, (list, dict, set)) else 1 for reply in replies)
