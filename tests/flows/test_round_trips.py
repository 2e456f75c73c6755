"""Each request is one round trip, counted with MONITOR (commands of clients, not those inside scripts)."""

import pytest
from rest_framework.test import APIClient

from tests.support.commands import counted
from tests.support.people import TEXT

MESSAGES = [{"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}]


@pytest.fixture
def client(settings):
    settings.AIRA_AUTH = "trusted"
    return APIClient()


def requests(client):
    yield "dashboard", lambda: client.get("/api/dashboard?userId=u1")
    save = {"userId": "u1", "messages": MESSAGES, "chatId": "c1"}
    yield "save", lambda: client.post("/api/chat/save", save, format="json")
    yield "list", lambda: client.get("/api/chat/save?userId=u1")
    yield "read", lambda: client.get("/api/chat/save?userId=u1&chatId=c1")
    registration = {"userId": "u1", "email": "a@example.com"}
    yield "register", lambda: client.post("/api/auth/register-user", registration, format="json")
    yield "delete", lambda: client.delete("/api/chat/save?userId=u1&chatId=c1")


def test_each_request_is_one_round_trip(valkey, client):
    for _, send in requests(client):
        send()
    valkey.client.flushdb()
    for name, send in requests(client):
        with counted(valkey) as commands:
            assert send().status_code == 200, name
        assert commands == ["EVALSHA"], name
