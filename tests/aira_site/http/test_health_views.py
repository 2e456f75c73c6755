import io
import json

import pytest
from django.core.management import call_command

from redis_models.background.housekeeping import housekeep_once
from redis_models.health import monitor, registry
from redis_models.operations.write import Write
from redis_models.replay.drain import drain


@pytest.fixture
def away(valkey):
    """Stop the server and open the breaker."""
    valkey.stop()
    monitor.probe_once()
    monitor.probe_once()


def test_live_never_touches_redis(client, valkey):
    valkey.client.config_resetstat()
    assert client.get("/live").json() == {"status": "live"}
    assert set(valkey.client.info("commandstats")) <= {"cmdstat_config|resetstat", "cmdstat_info"}


def test_ready_reports_redis_and_the_journal(client, valkey):
    housekeep_once()
    found = client.get("/ready").json()
    assert (found["status"], found["redisHealthy"], "reason" in found) == ("ready", True, False)
    del found["journal"]["lastReplay"]
    assert found["journal"] == {
        "mode": "ahead",
        "durable": True,
        "durability": "proven",
        "pending": 0,
        "inFlight": 0,
        "applied": 0,
        "deadLetters": 0,
        "unfencedDropped": 0,
        "unreadableRows": 0,
        "oldestAgeSeconds": 0,
    }


def test_while_redis_is_away_ready_is_degraded_and_still_200_and_says_why(client, away):
    response = client.get("/ready")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert response.json()["reason"] == "Redis does not answer."


def test_dead_letters_are_shown_by_ready_and_by_both_commands(client, valkey, keep, status):
    keep(Write("u1", "nowhere.at_all.1", (), (), 1))
    drain()
    assert client.get("/ready").json()["journal"]["deadLetters"] == status().dead_letters == 1
    for command in (("redis_health",), ("journal", "status")):
        out = io.StringIO()
        call_command(*command, "--json", stdout=out)
        assert json.loads(out.getvalue())["deadLetters"] == 1


def test_ready_is_503_only_when_nothing_can_be_kept(client, valkey, settings, tmp_path):
    (tmp_path / "file").touch()
    settings.AIRA_DATA_DIR = tmp_path / "file" / "data"
    assert client.get("/ready").json()["status"] == "ready"
    valkey.stop()
    monitor.probe_once()
    monitor.probe_once()
    response = client.get("/ready")
    assert (response.status_code, response.json()["status"]) == (503, "unavailable")


def test_a_save_that_neither_redis_nor_the_journal_takes_is_503_with_the_text_of_the_contract(
    trusted, away, settings, tmp_path
):
    (tmp_path / "file").touch()
    settings.AIRA_DATA_DIR = tmp_path / "file" / "data"
    messages = [{"id": "1", "role": "user", "content": "x", "timestamp": "2026-11-23T08:00:00.000Z"}]
    response = trusted.post("/api/chat/save", {"userId": "u1", "messages": messages}, format="json")
    assert (response.status_code, response.json()) == (503, {"error": "Failed to save chat. Please try again."})
    assert response["Retry-After"] == "5"


def test_the_health_of_redis_is_a_real_round_trip(client, valkey):
    response = client.get("/api/health/redis")
    assert response.json()["tests"] == {"set": True, "get": True, "delete": True}
    valkey.stop()
    response = client.get("/api/health/redis")
    assert response.status_code == 500
    assert response.json() == {"success": False, "error": "Redis does not answer.", "details": {}, "environment": {}}


def test_a_redis_that_answers_wrongly_is_not_healthy(client, monkeypatch):
    from redis_models import connection

    monkeypatch.setattr(connection, "round_trip", lambda: {"set": True, "get": False, "delete": True})
    response = client.get("/api/health/redis")
    assert (response.status_code, response.json()["error"]) == (500, "Redis answered wrongly.")


def test_the_existing_health_endpoint_is_not_healthier_than_ready(client, valkey):
    breaker = registry.breaker_for([])
    breaker.probe_answered(clock_offset_ms=0, refusal="OOM command not allowed")
    assert client.get("/ready").json()["redisHealthy"] is False
    response = client.get("/api/health/redis")
    assert (response.status_code, response.json()["success"]) == (500, False)
    assert response.json()["error"] == client.get("/ready").json()["reason"]


def test_errors_of_routing_are_json(client):
    assert client.get("/nowhere").json() == {"error": "Not found"}
    assert client.get("/nowhere").status_code == 404
    wrong_method = client.put("/live")
    assert (wrong_method.status_code, "error" in wrong_method.json()) == (405, True)
    assert client.get("/live", headers={"host": "evil.example"}).json() == {"error": "Bad request"}
