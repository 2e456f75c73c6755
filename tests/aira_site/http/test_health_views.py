import pytest

from redis_models.background.housekeeping import housekeep_once
from redis_models.health import monitor


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
    assert client.get("/ready").json() == {
        "status": "ready",
        "redisHealthy": True,
        "journal": {"mode": "ahead", "durable": True, "pending": 0, "durability": "proven"},
    }


def test_while_redis_is_away_ready_is_degraded_and_still_200(client, away):
    response = client.get("/ready")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")


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


def test_errors_of_routing_are_json(client):
    assert client.get("/nowhere").json() == {"error": "Not found"}
    assert client.get("/nowhere").status_code == 404
    wrong_method = client.put("/live")
    assert (wrong_method.status_code, "error" in wrong_method.json()) == (405, True)
    assert client.get("/live", headers={"host": "evil.example"}).json() == {"error": "Bad request"}
