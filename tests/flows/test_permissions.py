"""Redis withdraws a permission: no 500, no dead letters, and all acknowledged writes are there later."""

import threading

import pytest

from redis_models.health import monitor
from redis_models.journal import journal
from redis_models.replay.drain import drain
from tests.environment import SERVICE_KEY
from tests.support.people import client_with

LOST = [
    ("-hset",),
    ("-rpush",),
    ("-zadd",),
    ("-hget", "-hmget"),
    ("-zscore",),
    ("-unlink",),
    ("-@write",),
    ("-evalsha", "-eval"),
    ("-evalsha",),
    ("resetkeys", "~aira:*"),
    ("resetkeys", "~aira:*", "~user:*:profile", "~user:*:erased"),
]


@pytest.mark.parametrize("rules", LOST, ids=" ".join)
@pytest.mark.parametrize("mode", ["ahead", "on_failure"])
def test_writes_acknowledged_without_a_permission_are_applied_when_it_is_restored(
    valkey, settings, permissions, rules, mode
):
    settings.AIRA_JOURNAL = mode
    drain()
    lost, statuses, saved = threading.Event(), [], []
    threads = [threading.Thread(target=talk, args=(f"u{n}", lost, statuses, saved)) for n in range(3)]
    for thread in threads:
        thread.start()
    lost.wait()
    permissions(*rules)
    while any(thread.is_alive() for thread in threads):
        drain()
    assert set(statuses) <= {200, 202, 404, 503}
    assert journal().admin.status().dead_letters == 0
    permissions("resetkeys", "~*", "+@all")
    monitor.probe_once()
    drain()
    assert journal().admin.status().pending == 0
    for user_id, chat_id in saved:
        stored = client_with(SERVICE_KEY).get(f"/api/chat/save?userId={user_id}&chatId={chat_id}").json()
        assert [message["id"] for message in stored["chat"]["messages"]] == ["1", "2"], (user_id, chat_id)
    for user_id in {user_id for user_id, _ in saved}:
        shown = client_with(SERVICE_KEY).get(f"/api/dashboard?userId={user_id}").json()
        assert shown["data"]["conversations"] == len({chat for user, chat in saved if user == user_id})


def talk(user_id, lost, statuses, saved):
    """Save conversations, read the list and the dashboard, and register, before and after the permission is lost."""
    client = client_with(SERVICE_KEY)
    messages = [message("1"), message("2")]
    for number in range(8):
        if number == 2:
            lost.set()
        body = {"userId": user_id, "chatId": f"c{number}", "messages": messages}
        answer = client.post("/api/chat/save", body, format="json")
        if answer.status_code in (200, 202):
            saved.append((user_id, f"c{number}"))
        others = [
            client.get(f"/api/dashboard?userId={user_id}"),
            client.patch("/api/mood", {"userId": user_id, "score": number}, format="json"),
            client.get(f"/api/chat/save?userId={user_id}"),
            client.post("/api/auth/register-user", {"userId": user_id, "email": f"{user_id}@x.example"}, format="json"),
        ]
        statuses.extend(each.status_code for each in (answer, *others))


def message(name):
    return {"id": name, "role": "user", "content": "Hello", "timestamp": "2026-11-23T08:00:00.000Z"}
