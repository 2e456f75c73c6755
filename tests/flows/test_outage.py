"""An outage, tried by pulling the plug: the checklist of what failed the old users, on a served site."""

import statistics
import threading
import time

import pytest

from redis_models.journal import journal

LITERAL_POLICY = {"AIRA_REDIS_TIMEOUT_S": "30", "AIRA_REDIS_RETRIES": "3", "AIRA_REDIS_RETRY_DELAY_MS": "500"}
SECRET_TEXT = "what I tell nobody else"


def message(number=1):
    return {"id": str(number), "role": "user", "content": SECRET_TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}


@pytest.fixture
def site(serve):
    """A site with the documented policy, literally."""
    return serve(AIRA_AUTH="trusted", **LITERAL_POLICY)


def save(site, number):
    return site.client.post("/api/chat/save", json={"userId": "u1", "title": f"Chat {number}", "messages": [message()]})


def dashboard(site):
    return site.client.get("/api/dashboard", params={"userId": "u1"}).json()


def test_registering_writes_the_profile_and_the_claim(site, valkey):
    site.client.post("/api/auth/register-user", json={"userId": "u1", "email": "a@example.com"})
    assert valkey.client.hget("user:u1:profile", "email") == "a@example.com"
    assert valkey.client.get("email:a@example.com:userId") == "u1"


def test_redis_away_for_a_moment_means_a_save_that_is_retried_and_stored_once(site, valkey):
    save(site, 0)
    valkey.stop()
    back = threading.Timer(1.2, valkey.start)
    back.start()
    begun = time.monotonic()
    saved = save(site, 1)
    took = time.monotonic() - begun
    back.join()
    assert saved.status_code == 200
    assert "pending" not in saved.json(), "it was stored by a retry, not by the journal"
    assert 1.0 < took < 2.5
    site.wait_for(lambda: dashboard(site)["redisHealthy"], seconds=3)
    assert dashboard(site)["data"]["conversations"] == 2
    log = site.stop()
    retrying = [line for line in log.splitlines() if "Redis unavailable — retrying." in line]
    attempts = [line for line in retrying if "operation=chat.save.1 " in line]
    assert 2 <= len(attempts) <= 3
    assert SECRET_TEXT not in log
    assert "Chat 1" not in log


@pytest.mark.parametrize("kind", ["stop", "pause"])
def test_while_redis_is_away_answers_come_fast_and_nothing_is_lost(site, valkey, kind):
    save(site, "before")
    site.wait_for(lambda: dashboard(site)["data"]["conversations"] == 1, seconds=2)
    getattr(valkey, kind)()
    begun = time.monotonic()
    first = save(site, "first")
    assert time.monotonic() - begun < 2.5
    assert first.json()["pending"] is True
    site.wait_for(lambda: site.client.get("/ready").json()["redisHealthy"] is False, seconds=3)
    of_saves = [timed(lambda number=number: save(site, number)) for number in range(100)]
    of_dashboards = [timed(lambda: dashboard(site)) for _ in range(100)]
    shown = dashboard(site)
    assert (shown["stale"], shown["pending"]) == (True, 101)
    assert shown["data"]["conversations"] == 102
    valkey.start() if kind == "stop" else valkey.resume()
    site.wait_for(lambda: site.client.get("/ready").json()["journal"]["pending"] == 0, seconds=5)
    assert dashboard(site)["data"]["conversations"] == 102
    assert valkey.client.zcard("user:u1:conversations") == 102
    assert statistics.median(of_saves) < 0.025, f"median save {statistics.median(of_saves):.4f} s"
    assert statistics.median(of_dashboards) < 0.025, f"median dashboard {statistics.median(of_dashboards):.4f} s"


def timed(call):
    begun = time.monotonic()
    call()
    return time.monotonic() - begun


def test_a_registration_waits_for_redis_and_is_found_at_once(site, valkey):
    valkey.stop()
    site.wait_for(lambda: site.client.get("/ready").json()["redisHealthy"] is False, seconds=3)
    body = {"userId": "u1", "email": "a@example.com"}
    registered = site.client.post("/api/auth/register-user", json=body).json()
    assert (registered["fallback"], registered["pending"]) == (True, True)
    assert site.client.get("/api/user/plan", params={"email": "a@example.com"}).json()["found"] is True
    unknown = site.client.get("/api/user/plan", params={"email": "b@example.com"})
    assert (unknown.status_code, "Retry-After" in unknown.headers) == (503, True)
    valkey.start()
    site.wait_for(lambda: valkey.client.exists("user:u1:profile"), seconds=5)
    assert valkey.client.get("email:a@example.com:userId") == "u1"


def forget_messages(chat_id):
    """Make the conversation one that this host has not seen lately."""
    journal().snapshots._store.commit(lambda db: db.execute("DELETE FROM snapshots WHERE part = ?", (chat_id,)))


@pytest.mark.parametrize("seen", ["lately", "not lately"])
def test_a_conversation_is_shown_whole_or_not_at_all_while_redis_is_away(site, valkey, seen):
    chat_id = save(site, 1).json()["chatId"]
    site.wait_for(lambda: journal().snapshots.get("u1", ["", chat_id]), seconds=3)
    site.wait_for(lambda: journal().operating.status().applied == 0, seconds=3)
    if seen == "not lately":
        forget_messages(chat_id)
    valkey.pause()
    site.wait_for(lambda: site.client.get("/ready").json()["redisHealthy"] is False, seconds=3)
    body = {"userId": "u1", "chatId": chat_id, "title": "Chat 1", "messages": [message(2)]}
    assert site.client.post("/api/chat/save", json=body).json()["pending"] is True
    found = site.client.get("/api/chat/save", params={"userId": "u1", "chatId": chat_id})
    if seen == "lately":
        assert [each["id"] for each in found.json()["chat"]["messages"]] == ["1", "2"]
    else:
        assert found.status_code == 503
    valkey.resume()
    site.wait_for(lambda: site.client.get("/ready").json()["journal"]["pending"] == 0, seconds=5)
    whole = site.client.get("/api/chat/save", params={"userId": "u1", "chatId": chat_id}).json()
    assert [each["id"] for each in whole["chat"]["messages"]] == ["1", "2"]


def test_in_memory_mode_an_answer_says_that_it_is_not_durable(serve, valkey, tmp_path):
    (tmp_path / "file").touch()
    site = serve(AIRA_AUTH="trusted", AIRA_JOURNAL="memory", AIRA_DATA_DIR=str(tmp_path / "file" / "data"))
    valkey.stop()
    saved = save(site, 1).json()
    assert (saved["pending"], saved["durable"]) == (True, False)
    valkey.start()
    site.wait_for(lambda: valkey.client.zcard("user:u1:conversations") == 1, seconds=5)
    assert "Error" not in site.stop().replace("ConnectionError", "").replace("BusyLoadingError", "")
