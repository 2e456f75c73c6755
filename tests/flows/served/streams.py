"""Replies of a served site, read as a client reads them."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx

from tests.chat.conftest import parsed
from tests.support.people import TEXT
from tests.support.waiting import PATIENCE_S


def ask(client: httpx.Client, user: str = "u0", **body: Any) -> AbstractContextManager[httpx.Response]:
    """Open a stream of the reply to something that was said."""
    return client.stream(
        "POST",
        "/api/v1/conversations/c1/replies",
        json={"content": TEXT} | body,
        headers={"x-user-id": user, "accept": "text/event-stream"},
        timeout=PATIENCE_S,
    )


def begun(response: httpx.Response) -> Iterator[str]:
    """Return the stream, read to its first piece; it is open for as long as somebody holds it."""
    stream, seen = response.iter_text(), ""
    while "event: delta" not in seen:
        seen += next(stream)
    return itertools.chain([seen], stream)


def read_events(response: httpx.Response, until: Callable[[list[Any]], Any] = lambda events: False) -> list[Any]:
    """Read events until that is so of them, or to the end."""
    assert response.status_code == 200
    events, rest = [], ""
    for text in response.iter_text():
        rest += text
        *blocks, rest = rest.split("\n\n")
        events += [found for block in blocks if (found := parsed(block))]
        if until(events):
            break
    return events
