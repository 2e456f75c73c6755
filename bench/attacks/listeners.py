"""An attack by listeners: many open streams of replies that a slow model writes."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from itertools import count

from bench.attacks.target import PATIENCE_S, Target, bearer
from bench.threads import run_at_once
from tests.support.models import ModelServer, Plan

LISTENERS, PERSONS = 200, 70
PIECE_EVERY_S = 0.5
PAUSE_S = 1.0


def listeners(target: Target) -> int:
    """Keep 200 listeners of 70 persons open; return how many streams were opened or refused."""
    until, opened = time.monotonic() + target.seconds, count()

    def listen(number: int) -> None:
        person, is_first = f"listener{number % PERSONS}", number < PERSONS
        while time.monotonic() < until:
            next(opened)
            _listen(target, person, until, is_first=is_first)
            time.sleep(PAUSE_S)

    run_at_once(listen, LISTENERS)
    return next(opened)


def _listen(target: Target, person: str, until: float, *, is_first: bool) -> None:
    """Ask for a reply, or listen to that of the same person, until it ends or the time is over."""
    headers = bearer(target.key) | {"x-user-id": person, "Accept": "text/event-stream"}
    connection = HTTPConnection("127.0.0.1", target.port, timeout=PATIENCE_S)
    place = "/api/v1/conversations/c1/replies"
    try:
        connection.request("POST", "/api/v1/conversations", json.dumps({"id": "c1"}), headers)
        connection.getresponse().read()
        if is_first:
            connection.request("POST", place, json.dumps({"content": "Hello", "replyId": "r1"}), headers)
        else:
            connection.request("GET", f"{place}/r1", headers=headers)
        response = connection.getresponse()
        while time.monotonic() < until and response.read1(4096):
            continue
    except (OSError, HTTPException):
        return
    finally:
        connection.close()


class _Slow:
    """The pieces of a reply that never ends, one every half a second."""

    def __iter__(self) -> Iterator[str]:
        while True:
            time.sleep(PIECE_EVERY_S)
            yield "and on "


@contextmanager
def slow_model() -> Iterator[dict[str, str]]:
    """Run such a model; yield the site's variables that name it."""
    server = ModelServer()
    server.plan = Plan(pieces=_Slow())
    try:
        yield {"AIRA_MODEL_URL": server.url, "AIRA_MODEL": "slow"}
    finally:
        server.close()
