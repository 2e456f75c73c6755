"""Defects of the old server, with their numbers in its contract."""

import json

import pytest

from dashboard.services import update_mood_score
from redis_models.health import monitor
from redis_models.health.clock import now_ms
from tests.support.people import TEXT

MESSAGE = {"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}


def save(client, **fields):
    body = {"userId": "u1", "messages": [MESSAGE]} | fields
    return client.post("/api/chat/save", body, format="json")


def data(client):
    return client.get("/api/dashboard?userId=u1").json()["data"]


def test_1_chats_cannot_be_read_without_a_credential(valkey, client, service):
    save(service)
    assert client.get("/api/chat/save?userId=u1").status_code == 401
    assert client.get("/api/dashboard?userId=u1").status_code == 401


def test_2_a_client_does_not_choose_its_plan(valkey, trusted):
    body = {"userId": "u1", "email": "a@example.com", "plan": "premium"}
    assert trusted.post("/api/auth/register-user", body, format="json").json()["user"]["plan"] == "free"


def test_3_registering_somebody_elses_email_does_not_take_it_over(valkey, trusted):
    for user_id in ("u1", "thief"):
        trusted.post("/api/auth/register-user", {"userId": user_id, "email": "a@example.com"}, format="json")
    assert valkey.client.get("email:a@example.com:userId") == "u1"


def test_4_a_save_that_is_sent_again_counts_once(valkey, trusted):
    for _ in range(4):
        save(trusted, chatId="c1")
    assert data(trusted)["conversations"] == 1


def test_5_a_save_accepted_in_an_outage_is_on_disk_and_listed(valkey, trusted):
    valkey.stop()
    accepted = save(trusted, title="In the dark").json()
    assert accepted["pending"] is True
    listed = trusted.get("/api/chat/save?userId=u1").json()
    assert [chat["title"] for chat in listed["chats"]] == ["In the dark"]
    assert listed["stale"] is True


def test_6_a_failed_read_overwrites_nothing(valkey, trusted):
    valkey.client.hset("user:u1:profile", "plan", "premium")
    live = {
        "conversations": "7",
        "mood_score": "6.5",
        "days_active": "3",
        "recent_conversations": "[]",
        "plan": "Premium",
    }
    valkey.client.hset("user:u1:stats", mapping=live)
    valkey.client.config_set("maxmemory", "1")
    try:
        shown = data(trusted)
    finally:
        valkey.client.config_set("maxmemory", "0")
    assert (shown["conversations"], shown["mood_score"], shown["plan"]) == (7, 6.5, "Premium")
    assert valkey.client.hgetall("user:u1:stats") == live


def test_8_recent_conversations_of_the_old_server_stay_until_newer_ones_replace_them(valkey, trusted):
    old = [{"timestamp": f"2026-01-0{n}T00:00:00.000Z", "summary": f"Old {n}"} for n in (3, 2, 1)]
    valkey.client.hset("user:u1:stats", mapping={"conversations": "7", "recent_conversations": json.dumps(old)})
    save(trusted, title="New")
    shown = data(trusted)
    assert [each["summary"] for each in shown["recent_conversations"]] == ["New", "Old 3", "Old 2"]
    assert shown["conversations"] == 8


@pytest.mark.parametrize("rubbish", ["not json", '{"a": 1}', "null", ""])
def test_8_unreadable_data_of_the_old_server_does_not_break_the_dashboard(valkey, trusted, rubbish):
    stored = {"conversations": "many", "days_active": "-2", "mood_score": "NaN?", "recent_conversations": rubbish}
    valkey.client.hset("user:u1:stats", mapping=stored)
    shown = data(trusted)
    assert (shown["conversations"], shown["days_active"], shown["mood_score"]) == (0, 1, 0)
    assert shown["recent_conversations"] == []


def test_9_mood_history_is_the_newest_entries(valkey, trusted):
    now = now_ms()
    for number in range(40):
        update_mood_score(user_id="u1", score=number / 4, at=now - (40 - number) * 60_000)
    shown = trusted.get("/api/mood?userId=u1").json()
    assert [each["score"] for each in shown["history"]] == [number / 4 for number in range(39, 9, -1)]
    assert shown["stats"]["totalEntries"] == 30


def test_11_the_plan_is_stored_in_one_place(valkey, service):
    service.patch("/api/plan?userId=u1", {"plan": "Plus"}, format="json")
    assert data(service)["plan"] == "Plus"
    assert valkey.client.hget("user:u1:profile", "plan") == "plus"
    assert valkey.client.hget("user:u1:stats", "plan") == "Free"


def test_12_days_active_is_counted(valkey, trusted):
    valkey.client.hset("user:u1:active_days", "2026-01-01", "1767225600000 1767225600000")
    assert data(trusted)["days_active"] == 2
    assert data(trusted)["days_active"] == 2


def test_13_a_list_is_one_command_without_messages(valkey, trusted):
    for number in range(30):
        save(trusted, chatId=f"c{number}")
    valkey.client.config_resetstat()
    listed = trusted.get("/api/chat/save?userId=u1").json()
    assert valkey.client.info("commandstats")["cmdstat_evalsha"]["calls"] == 1
    assert all(chat["messages"] == [] for chat in listed["chats"])


def test_14_errors_contain_no_traceback_and_no_address(valkey, trusted, settings):
    valkey.stop()
    monitor.probe_once()
    response = trusted.get("/api/health/redis")
    assert str(valkey.socket) not in response.content.decode()
    assert "Traceback" not in response.content.decode()
