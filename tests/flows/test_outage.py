"""Outages of a served site: each failure of the old server in an outage, tried by stopping Redis."""

import pytest

from redis_models.health import monitor, registry
from redis_models.health.breaker import MISSES_TO_OPEN
from redis_models.journal import journal
from tests.redis_models import journal_file
from tests.support.waiting import deadline, lasting, wait_until, within

LITERAL_POLICY = {
    "AIRA_REDIS_TIMEOUT_S": "30",
    "AIRA_REDIS_RETRIES": "3",
    "AIRA_REDIS_RETRY_DELAY_MS": "500",
    "AIRA_REQUEST_BUDGET_S": "2.5",
}
SECRET_TEXT = "what I tell nobody else"


def message(number=1):
    return {"id": str(number), "role": "user", "content": SECRET_TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}


@pytest.fixture
def site(serve):
    """A site with the documented retry policy, unchanged."""
    return serve(AIRA_AUTH="trusted", **LITERAL_POLICY)


def save(site, number):
    return site.client.post("/api/chat/save", json={"userId": "u1", "title": f"Chat {number}", "messages": [message()]})


def dashboard(site):
    return site.client.get("/api/dashboard", params={"userId": "u1"}).json()


def test_registering_writes_the_profile_and_the_claim(site, valkey):
    site.client.post("/api/auth/register-user", json={"userId": "u1", "email": "a@example.com"})
    assert valkey.client.hget("user:u1:profile", "email") == "a@example.com"
    assert valkey.client.get("email:a@example.com:userId") == "u1"


def test_a_save_during_a_short_outage_is_retried_and_stored_once(valkey, trusted, connect_to, at_attempt, caplog):
    connect_to(AIRA_REDIS_RETRY_DELAY_MS=500)
    monitor.probe_once()
    save_body = {"userId": "u1", "title": "Chat 1", "messages": [message()]}
    registry.breaker_for([]).is_monitored = True

    def come_back():
        for _ in range(MISSES_TO_OPEN):
            monitor.probe_once()
        assert not registry.current().is_healthy, "the monitor has noticed, and the save continues"
        valkey.start()

    valkey.stop()
    at_attempt(2, come_back)
    with lasting(2 * 0.5):
        saved = trusted.post("/api/chat/save", save_body, format="json")
    assert saved.status_code == 200
    assert "pending" not in saved.json(), "a retry stored it; it was not kept in the journal"
    monitor.probe_once()
    shown = trusted.get("/api/dashboard?userId=u1").json()
    assert (shown["redisHealthy"], shown["data"]["conversations"]) == (True, 1)
    retrying = [line for line in caplog.messages if "Redis unavailable — retrying." in line]
    assert [line.partition("operation=")[2].partition(" of=")[0] for line in retrying] == [
        "chat.save.1 attempt=1",
        "chat.save.1 attempt=2",
    ]
    assert SECRET_TEXT not in caplog.text
    assert "Chat 1" not in caplog.text


@pytest.mark.parametrize("kind", ["stop", "pause"])
def test_while_redis_is_away_answers_do_not_wait_for_it_and_nothing_is_lost(site, valkey, kind):
    save(site, "before")
    wait_until(lambda: dashboard(site)["data"]["conversations"] == 1)
    getattr(valkey, kind)()
    with within(deadline(promised_s=2.5)):
        first = save(site, "first")
    assert first.json()["pending"] is True
    site.wait_until_away()
    attempts = site.failed_attempts()
    for number in range(100):
        assert save(site, number).json()["pending"] is True
        assert dashboard(site)["stale"] is True
    assert site.failed_attempts() == attempts, "no command is sent to a Redis that is known to be away"
    shown = dashboard(site)
    assert (shown["stale"], shown["pending"]) == (True, 101)
    assert shown["data"]["conversations"] == 102
    valkey.start() if kind == "stop" else valkey.resume()
    site.wait_until_drained()
    assert dashboard(site)["data"]["conversations"] == 102
    assert valkey.client.zcard("user:u1:conversations") == 102


def test_a_registration_is_pending_without_redis_and_is_found_at_once(site, valkey):
    valkey.stop()
    site.wait_until_away()
    body = {"userId": "u1", "email": "a@example.com"}
    registered = site.client.post("/api/auth/register-user", json=body).json()
    assert (registered["fallback"], registered["pending"]) == (True, True)
    assert site.client.get("/api/user/plan", params={"email": "a@example.com"}).json()["found"] is True
    unknown = site.client.get("/api/user/plan", params={"email": "b@example.com"})
    assert (unknown.status_code, "Retry-After" in unknown.headers) == (503, True)
    valkey.start()
    wait_until(lambda: valkey.client.exists("user:u1:profile"), at_most_s=deadline(promised_s=2))
    assert valkey.client.get("email:a@example.com:userId") == "u1"


def forget_messages(chat_id):
    """Delete the snapshot of the conversation, as if this host had not seen it lately."""
    journal_file.change("DELETE FROM snapshots WHERE part = ?", chat_id)


@pytest.mark.parametrize("seen", ["lately", "not lately"])
def test_a_conversation_is_shown_completely_or_not_at_all_while_redis_is_away(site, valkey, seen):
    chat_id = save(site, 1).json()["chatId"]
    wait_until(lambda: journal().snapshots.get("u1", ["", chat_id]))
    wait_until(lambda: journal().admin.status().applied == 0)
    if seen == "not lately":
        forget_messages(chat_id)
    valkey.pause()
    site.wait_until_away()
    body = {"userId": "u1", "chatId": chat_id, "title": "Chat 1", "messages": [message(2)]}
    assert site.client.post("/api/chat/save", json=body).json()["pending"] is True
    found = site.client.get("/api/chat/save", params={"userId": "u1", "chatId": chat_id})
    if seen == "lately":
        assert [each["id"] for each in found.json()["chat"]["messages"]] == ["1", "2"]
    else:
        assert found.status_code == 503
    valkey.resume()
    site.wait_until_drained()
    whole = site.client.get("/api/chat/save", params={"userId": "u1", "chatId": chat_id}).json()
    assert [each["id"] for each in whole["chat"]["messages"]] == ["1", "2"]


def test_in_memory_mode_an_answer_says_that_it_is_not_durable(serve, valkey, tmp_path):
    (tmp_path / "file").touch()
    site = serve(AIRA_AUTH="trusted", AIRA_JOURNAL="memory", AIRA_DATA_DIR=str(tmp_path / "file" / "data"))
    valkey.stop()
    saved = save(site, 1).json()
    assert (saved["pending"], saved["durable"]) == (True, False)
    valkey.start()
    wait_until(lambda: valkey.client.zcard("user:u1:conversations") == 1, at_most_s=deadline(promised_s=2))
    assert "Error" not in site.stop().replace("ConnectionError", "").replace("BusyLoadingError", "")
