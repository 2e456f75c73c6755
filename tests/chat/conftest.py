"""Fixtures for replies and their event streams."""

import asyncio
import contextlib
import json

import pytest

from chat.replies import live
from tests.support.people import TEXT
from tests.support.waiting import wait_until


@pytest.fixture
def many_places(monkeypatch):
    """Let as many replies to a user be written at once as the test asks for."""
    monkeypatch.setattr("chat.replies.places.AT_MOST", 100)


class Talk:
    """Sends requests as u1 in the conversation c1, and reads event streams."""

    def __init__(self, client):
        self.client = client

    def post(self, body=None, *, path="", **headers):
        place = f"/api/v1/conversations/c1/replies{path}"
        sent = {"x-user-id": "u1", "accept": "text/event-stream"} | headers
        return self.client.post(place, body or {}, format="json", headers=sent)

    def listen(self, reply_id, **headers):
        place = f"/api/v1/conversations/c1/replies/{reply_id}"
        return self.client.get(place, headers={"x-user-id": "u1", "accept": "text/event-stream"} | headers)

    def say(self, content=TEXT, **fields):
        """Send a message and return all events of the reply."""
        return events_of(self.post({"content": content} | fields))

    def messages(self):
        found = self.client.get("/api/v1/conversations/c1/messages", headers={"x-user-id": "u1"}).json()
        return found["items"], found["replies"]

    def usage(self):
        return self.client.get("/api/user/usage?userId=u1").json()["used"]


def parsed(block):
    fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
    return (fields["event"], json.loads(fields["data"]), int(fields["id"])) if fields else None


def events_of(response):
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "text/event-stream"
    content = response.getvalue().decode() if response.streaming else response.content.decode()
    return [found for block in content.split("\n\n") if block and (found := parsed(block))]


def text_of(events):
    return "".join(content["text"] for name, content, _ in events if name == "delta")


class FastLoop(asyncio.SelectorEventLoop):
    """An event loop with a clock that a test can move."""

    ahead_s = 0.0

    def time(self):
        return super().time() + self.ahead_s


@pytest.fixture
def fast_forward(monkeypatch):
    """Advance the clock of the code that waits for a model, in small steps, until the condition is true."""
    loops = []

    def new_loop():
        loops.append(FastLoop())
        return loops[-1]

    def step():
        for loop in loops:
            loop.ahead_s += 5
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(lambda: None)

    def until(is_so):
        wait_until(lambda: step() or is_so())

    monkeypatch.setattr("chat.replies.stop_sign.asyncio.new_event_loop", new_loop)
    return until


@pytest.fixture
def talk(valkey, trusted):
    """Use the conversation c1 of u1; the test waits for the end of all its replies."""
    made = trusted.post("/api/v1/conversations", {"id": "c1"}, format="json", headers={"x-user-id": "u1"})
    assert made.status_code == 201
    yield Talk(trusted)
    wait_until(lambda: live.count() == 0)
