"""The same requests to a served site, under WSGI and under ASGI."""

import concurrent.futures

import pytest

MESSAGES = [
    {"id": "1", "role": "user", "content": "I feel anxious", "timestamp": "2026-11-23T08:00:00.000Z"},
    {"id": "2", "role": "assistant", "content": "Breathe.", "timestamp": "2026-11-23T08:01:00.000Z"},
]


@pytest.fixture(params=["rsgi", "wsgi", "asgi"])
def site(request, serve):
    return serve(interface=request.param, AIRA_AUTH="trusted")


def test_the_whole_story_works(site):
    client = site.client
    registered = client.post("/api/auth/register-user", json={"userId": "u1", "email": "Ann@Example.com"})
    assert registered.status_code == 200
    assert registered.json()["user"]["email"] == "ann@example.com"
    saved = client.post("/api/chat/save", json={"userId": "u1", "messages": MESSAGES, "title": "Monday"})
    assert saved.status_code == 200
    chat_id = saved.json()["chatId"]
    shown = client.get("/api/dashboard", params={"userId": "u1"}).json()
    assert shown["redisHealthy"] is True
    assert shown["data"]["conversations"] == 1
    assert shown["data"]["recent_conversations"][0]["summary"] == "Monday"
    assert client.get("/api/chat/save", params={"userId": "u1"}).json()["count"] == 1
    whole = client.get("/api/chat/save", params={"userId": "u1", "chatId": chat_id}).json()
    assert [message["content"] for message in whole["chat"]["messages"]] == ["I feel anxious", "Breathe."]
    assert client.delete("/api/chat/save", params={"userId": "u1", "chatId": chat_id}).status_code == 200
    gone = client.post("/api/chat/save", json={"userId": "u1", "messages": MESSAGES, "chatId": chat_id})
    assert (gone.status_code, gone.json()) == (409, {"error": "Chat was deleted"})
    assert client.get("/api/dashboard", params={"userId": "u1"}).json()["data"]["conversations"] == 0


def test_health_live_and_ready_answer(site):
    assert site.client.get("/live").json() == {"status": "live"}
    assert site.client.get("/ready").json()["status"] == "ready"
    assert site.client.get("/api/health/redis").json()["tests"] == {"set": True, "get": True, "delete": True}


def test_errors_are_json(site):
    client = site.client
    assert client.get("/nowhere").json() == {"error": "Not found"}
    assert client.put("/api/dashboard").status_code == 405
    assert "error" in client.put("/api/dashboard").json()
    wrong = client.post("/api/chat/save", content=b"{not json", headers={"Content-Type": "text/plain"})
    assert (wrong.status_code, wrong.json()) == (400, {"error": "Invalid JSON"})
    large = client.post("/api/auth/register-user", content=b"[" + b"1," * 200_000 + b"1]")
    assert (large.status_code, large.json()) == (413, {"error": "The body is too large"})


def test_an_outage_is_survived(site, valkey):
    client = site.client
    client.post("/api/chat/save", json={"userId": "u1", "messages": MESSAGES, "title": "Before"})
    valkey.stop()
    saved = client.post("/api/chat/save", json={"userId": "u1", "messages": MESSAGES, "title": "During"})
    assert saved.status_code == 200
    assert (saved.json()["fallback"], saved.json()["pending"]) == (True, True)
    shown = client.get("/api/dashboard", params={"userId": "u1"}).json()
    assert (shown["redisHealthy"], shown["stale"], shown["pending"]) == (False, True, 1)
    assert shown["data"]["recent_conversations"][0]["summary"] == "During"
    titles = {chat["title"] for chat in client.get("/api/chat/save", params={"userId": "u1"}).json()["chats"]}
    assert "During" in titles
    site.wait_until_away()
    assert site.ready()["status"] == "degraded"
    assert client.get("/live").status_code == 200
    valkey.start()
    site.wait_until_drained()
    assert valkey.client.zcard("user:u1:conversations") == 2


def test_sixteen_parallel_saves_are_sixteen_conversations(site):
    def save(number):
        body = {"userId": "u1", "messages": MESSAGES, "title": f"Chat {number}"}
        return site.client.post("/api/chat/save", json=body).status_code

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert list(pool.map(save, range(16))) == [200] * 16
    shown = site.client.get("/api/dashboard", params={"userId": "u1"}).json()["data"]
    assert shown["conversations"] == 16
    assert len(shown["recent_conversations"]) == 3
