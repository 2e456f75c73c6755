"""An attack by tokens of a key that the provider does not publish, while the provider answers byte by byte."""

import json
import socket
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager

from bench.attacks.target import Asked, Target, bearer, sent

TOKENS = 70
BYTE_EVERY_S = 0.5
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n" + b" " * 100_000


def unknown_tokens(target: Target) -> int:
    """Ask with 70 tokens of an unknown key, from 70 clients; return how many requests were sent."""
    asked = [Asked("/api/dashboard", method="GET", headers=bearer(_token(number))) for number in range(TOKENS)]
    return sent(target, asked, clients=TOKENS)


def lawful_requests(target: Target) -> int:
    """Ask as often with a service key."""
    asked = Asked("/api/dashboard?userId=hostile", method="GET", headers=bearer(target.key))
    return sent(target, [asked], clients=TOKENS)


def _token(number: int) -> str:
    head = {"alg": "RS256", "typ": "JWT", "kid": f"unknown-{number}"}
    claims = {"iss": "https://provider.example", "aud": "aira", "sub": f"u{number}", "exp": 4_000_000_000}
    parts = (urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, claims))
    return ".".join([*parts, "A" * 342])


@contextmanager
def dripping_provider() -> Iterator[dict[str, str]]:
    """Run a provider that answers with two bytes a second; yield the site's variables that name it."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        threading.Thread(target=_accept, args=(listening,), daemon=True).start()
        yield {"AIRA_OIDC_ISSUER": f"http://127.0.0.1:{listening.getsockname()[1]}", "AIRA_OIDC_AUDIENCE": "aira"}


def _accept(listening: socket.socket) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:  # closed: the attack is over
            return
        threading.Thread(target=_drip, args=(connection,), daemon=True).start()


def _drip(connection: socket.socket) -> None:
    with connection:
        for byte in _ANSWER:
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                return
            time.sleep(BYTE_EVERY_S)
