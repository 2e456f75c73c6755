"""What is attacked, and clients that send requests to it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import count, cycle, islice

from bench.threads import run_at_once

PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """A site, for some seconds or until `most` requests were sent. `key` is a service key."""

    port: int
    key: str = field(repr=False)
    seconds: float
    most: int = 10**9


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, without or with a credential."""

    path: str
    body: bytes = b""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)


def sent(target: Target, requests: Sequence[Asked], *, clients: int) -> int:
    """Send the requests in turn from that many clients, each as fast as it is answered; return how many were sent."""
    until, numbers, done = time.monotonic() + target.seconds, count(), []

    def ask(first: int) -> None:
        own = islice(cycle(requests), first, None)
        while time.monotonic() < until and next(numbers) < target.most:
            _ask(target.port, next(own))
            done.append(1)

    run_at_once(ask, clients)
    return len(done)


def _ask(port: int, asked: Asked) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request(asked.method, asked.path, asked.body, dict(asked.headers))
        connection.getresponse().read()
    except OSError:
        time.sleep(0.1)
    finally:
        connection.close()


def bearer(credential: str) -> dict[str, str]:
    """Return the header of a credential."""
    return {"Authorization": f"Bearer {credential}"}
