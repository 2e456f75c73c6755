"""Each request is one round trip, counted with MONITOR (commands of clients, not those inside scripts)."""

import pytest
from rest_framework.test import APIClient

from tests.support.commands import counted
from tests.support.people import TEXT, sign_up

MESSAGES = [{"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}]


@pytest.fixture
def client(settings):
    settings.AIRA_AUTH = "trusted"
    return APIClient()


def requests(client, user_id="u1"):
    yield "dashboard", lambda: client.get(f"/api/dashboard?userId={user_id}")
    save = {"userId": user_id, "messages": MESSAGES, "chatId": "c1"}
    yield "save", lambda: client.post("/api/chat/save", save, format="json")
    yield "list", lambda: client.get(f"/api/chat/save?userId={user_id}")
    yield "read", lambda: client.get(f"/api/chat/save?userId={user_id}&chatId=c1")
    yield "delete", lambda: client.delete(f"/api/chat/save?userId={user_id}&chatId=c1")
    if user_id == "u1":
        registration = {"userId": user_id, "email": "a@example.com"}
        yield "register", lambda: client.post("/api/auth/register-user", registration, format="json")


def test_each_request_is_one_round_trip(valkey, client):
    for _, send in requests(client):
        send()
    valkey.client.flushdb()
    for name, send in requests(client):
        with counted(valkey) as commands:
            assert send().status_code == 200, name
        assert commands == ["EVALSHA"], name


@pytest.mark.usefixtures("list_clock")
def test_it_is_one_round_trip_for_a_user_who_signed_in_too(valkey):
    ann = sign_up("ann@example.com")
    for _, send in requests(ann.client, ann.id):
        send()  # the first one reads the list of revocations, which the thread of a serving process does
    for name, send in requests(ann.client, ann.id):
        with counted(valkey) as commands:
            send()
        assert commands == ["EVALSHA"], name
