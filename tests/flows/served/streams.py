"""Reads the reply streams of a served site as a client does."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx

from tests.chat.conftest import parsed
from tests.support.people import TEXT
from tests.support.waiting import PATIENCE_S


def ask(client: httpx.Client, user: str = "u0", **body: Any) -> AbstractContextManager[httpx.Response]:
    """Send a message and open the stream of its reply."""
    return client.stream(
        "POST",
        "/api/v1/conversations/c1/replies",
        json={"content": TEXT} | body,
        headers={"x-user-id": user, "accept": "text/event-stream"},
        timeout=PATIENCE_S,
    )


def begun(response: httpx.Response) -> Iterator[str]:
    """Return the stream, read up to its first piece; it closes when nothing refers to it any more."""
    stream, seen = response.iter_text(), ""
    while "event: delta" not in seen:
        seen += next(stream)
    return itertools.chain([seen], stream)


def read_events(response: httpx.Response, until: Callable[[list[Any]], Any] = lambda events: False) -> list[Any]:
    """Return the events up to the one that makes the condition true, or all of them."""
    assert response.status_code == 200
    events, rest = [], ""
    for text in response.iter_text():
        rest += text
        *blocks, rest = rest.split("\n\n")
        events += [found for block in blocks if (found := parsed(block))]
        if until(events):
            break
    return events
