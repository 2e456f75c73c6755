"""Fixtures for talking with Aira."""

import json
import time

import pytest

from chat.replies import live
from tests.people import TEXT


class Talk:
    """Talks as u1 in the conversation c1, and reads streams of events."""

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
        """Say something and return the events of the reply, to its end."""
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


def wait_until(condition, *, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def talk(valkey, trusted):
    """Talk as u1 in a conversation; the test ends when all replies have."""
    made = trusted.post("/api/v1/conversations", {"id": "c1"}, format="json", headers={"x-user-id": "u1"})
    assert made.status_code == 201
    yield Talk(trusted)
    wait_until(lambda: live.count() == 0)
