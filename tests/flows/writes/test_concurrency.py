"""Concurrent requests, on the real server."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from rest_framework.test import APIClient

from redis_models.health import monitor
from redis_models.journal import journal
from redis_models.replay.drain import drain
from tests.support.people import TEXT

MESSAGE = {"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}
EMAIL = "ann@example.com"


@pytest.fixture(autouse=True)
def _trusted(settings):
    settings.AIRA_AUTH = "trusted"
    settings.AIRA_REQUEST_BUDGET_S = None


def at_once(call, count):
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def post(path, body):
    return APIClient().post(path, body, format="json")


def register(number):
    return post("/api/auth/register-user", {"userId": f"u{number}", "email": EMAIL})


def test_sixteen_parallel_saves_are_sixteen_conversations(valkey):
    def save(number):
        return post("/api/chat/save", {"userId": "u1", "title": f"Chat {number}", "messages": [MESSAGE]}).json()[
            "chatId"
        ]

    ids = at_once(save, 16)
    newest = valkey.client.zrevrange("user:u1:conversations", 0, 2)
    shown = APIClient().get("/api/dashboard?userId=u1").json()["data"]
    titles = {chat["id"]: chat["title"] for chat in APIClient().get("/api/chat/save?userId=u1").json()["chats"]}
    assert set(titles) == set(ids)
    assert shown["conversations"] == 16
    assert [each["summary"] for each in shown["recent_conversations"]] == [titles[chat_id] for chat_id in newest]


def all_answered(call, count):
    """Call in parallel, and repeat once the calls that are asked to try again; return the sorted statuses."""
    first = at_once(call, count)
    again = [call(number) if status == 503 else status for number, status in enumerate(first)]
    return sorted(again)


def test_a_hundred_parallel_registrations_of_one_email_are_one_account(valkey):
    statuses = all_answered(lambda number: register(number).status_code, 100)
    assert statuses == [200] + [409] * 99
    owner = valkey.client.get(f"email:{EMAIL}:userId")
    assert valkey.client.keys("user:*:profile") == [f"user:{owner}:profile"]


def test_a_hundred_parallel_registrations_in_an_outage_are_one_account_even_afterwards(valkey):
    valkey.stop()
    answers = {}

    def register_and_note(number):
        answers[number] = register(number)
        return answers[number].status_code

    assert all_answered(register_and_note, 100) == [200] + [409] * 99
    accepted = next(answer.json() for answer in answers.values() if answer.status_code == 200)
    assert (accepted["fallback"], accepted["pending"]) == (True, True)
    valkey.start()
    monitor.probe_once()
    assert drain().applied == 1
    assert valkey.client.get(f"email:{EMAIL}:userId") == accepted["user"]["id"]
    assert valkey.client.keys("user:*:profile") == [f"user:{accepted['user']['id']}:profile"]
    statuses = all_answered(lambda number: register(number).status_code, 100)
    assert statuses == [200] + [409] * 99
    assert journal().admin.status().dead_letters == 0


def test_an_id_that_registers_fifty_emails_in_parallel_gets_one(valkey):
    def try_email(number):
        return post("/api/auth/register-user", {"userId": "u1", "email": f"mail{number}@example.com"}).status_code

    assert all_answered(try_email, 50) == [200] + [409] * 49
    assert len(valkey.client.keys("email:*:userId")) == 1


def test_parallel_saves_and_deletions_leave_correct_counts(valkey):
    def save_or_delete(number):
        if number % 3 == 2:
            return APIClient().delete(f"/api/chat/save?userId=u1&chatId=c{number - 1}").status_code
        return post("/api/chat/save", {"userId": "u1", "chatId": f"c{number}", "messages": [MESSAGE]}).status_code

    at_once(save_or_delete, 30)
    shown = APIClient().get("/api/dashboard?userId=u1").json()["data"]
    assert shown["conversations"] == valkey.client.zcard("user:u1:conversations") == 10
