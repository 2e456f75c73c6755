"""A user may make so many writes in a minute, on all hosts together, whoever makes them for the user."""

import pytest
from rest_framework.test import APIClient

from accounts.bounds import last_users, writes_a_minute
from accounts.bounds.writes_a_minute import require_turn
from accounts.errors import TooManyWrites
from redis_models.testing import fresh_host
from tests.support.commands import counted
from tests.support.people import sign_up

AT = 1_795_423_341_000


@pytest.fixture(autouse=True)
def clock(monkeypatch, settings):
    """Stop the clock; return a function that moves it on by seconds."""
    settings.AIRA_WRITES_A_MINUTE = 24
    now = [AT]
    monkeypatch.setattr(writes_a_minute, "now_ms", lambda: now[0])

    def advance(seconds):
        now[0] += seconds * 1000

    return advance


def allowed(times, user_id="u1"):
    """Return how many of so many writes are allowed."""
    found = 0
    for _ in range(times):
        try:
            require_turn(user_id)
        except TooManyWrites:
            continue
        found += 1
    return found


def test_exactly_the_bound_is_allowed_in_a_minute_and_comes_back_evenly(valkey, clock):
    assert allowed(40) == 24
    assert allowed(5, "u2") == 5
    clock(30)
    assert allowed(40) == 12
    clock(60)
    assert allowed(40) == 24


def test_the_first_writes_ask_nobody(valkey):
    assert allowed(3, "u2") == 3
    with counted(valkey) as commands:
        assert allowed(2) == 2
    assert commands == []
    with counted(valkey) as commands:
        assert allowed(1) == 1
    assert commands == ["EVALSHA"]


def test_all_processes_together_allow_the_bound_and_their_shares(valkey):
    found = allowed(40)
    for _ in range(3):
        with fresh_host():
            found += allowed(40)
    assert found == 24 + 3 * 2


def test_only_the_last_users_are_kept_in_memory(valkey, monkeypatch):
    monkeypatch.setattr(last_users, "USERS_AT_MOST", 1)
    allowed(2, "u1")
    allowed(2, "u2")
    with counted(valkey) as commands:
        allowed(1, "u1")
    assert commands == []


def test_a_small_bound_has_no_shares_and_none_is_no_bound(valkey, settings):
    settings.AIRA_WRITES_A_MINUTE = 3
    assert allowed(10) == 3
    settings.AIRA_WRITES_A_MINUTE = None
    assert allowed(10) == 10


def test_over_http_the_next_write_is_429_and_everything_else_works(valkey):
    ann = sign_up("ann@example.com")
    mood = {"score": 4}
    codes = [ann.client.post("/api/v1/moods", mood, format="json").status_code for _ in range(26)]
    assert codes == [201] * 24 + [429] * 2
    answer = ann.client.patch("/api/mood", {"score": 4}, format="json")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "3"
    assert "changes a minute" in answer.json()["error"]
    assert ann.client.get("/api/dashboard").status_code == 200
    mood_id = ann.client.get("/api/v1/moods").json()["items"][0]["id"]
    assert ann.client.delete(f"/api/v1/moods/{mood_id}").status_code == 200
    assert ann.client.get("/api/v1/users/me/export").status_code == 200
    assert ann.client.delete("/api/v1/users/me").status_code == 200


def test_a_service_key_is_bound_by_the_user_it_acts_for(valkey, service):
    def note(user_id):
        return service.patch("/api/mood", {"userId": user_id, "score": 4}, format="json").status_code

    assert [note("u1") for _ in range(25)] == [200] * 24 + [429]
    assert note("u2") == 200


def test_a_request_that_names_nobody_is_told_so(valkey, settings):
    settings.AIRA_AUTH = "trusted"
    assert APIClient().post("/api/v1/moods", {"score": 4}, format="json").status_code == 400
