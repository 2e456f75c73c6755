"""An outage at the site as it is served: who is signed in stays so, and signing in is refused at once."""

import time

import pytest

from tests.people import PASSWORD

EMAIL = "ann@example.com"
MESSAGES = [{"id": "1", "role": "user", "content": "hello", "timestamp": "2026-11-23T08:00:00.000Z"}]


@pytest.fixture(params=["wsgi", "asgi"])
def site(request, serve):
    return serve(interface=request.param)


def test_who_is_signed_in_reads_and_saves_and_signing_in_is_503_at_once(site, valkey):
    client, credentials = site.client, {"email": EMAIL, "password": PASSWORD}
    assert client.post("/api/v1/session/sign-up", json=credentials).status_code == 200
    tokens = client.post("/api/v1/session", json=credentials).json()
    client.headers["Authorization"] = f"Bearer {tokens['accessToken']}"
    assert client.get("/api/dashboard").json()["redisHealthy"] is True
    valkey.stop()
    site.wait_for(lambda: client.get("/ready").json()["status"] == "degraded", seconds=5)
    saved = client.post("/api/chat/save", json={"messages": MESSAGES})
    assert (saved.status_code, saved.json()["pending"]) == (200, True)
    assert client.get("/api/dashboard").json()["data"]["conversations"] == 1
    again = client.post("/api/v1/session/refresh", json={"refreshToken": tokens["refreshToken"]}).json()
    assert again["rotated"] is False
    # Others may use the machine: the best of three rounds is what the site needs.
    assert min(p99_of_refusals(client, round_) for round_ in range(3)) < 25


def p99_of_refusals(client, round_):
    """Return the p99 (ms) of 200 sign-ins, each with another email: the limit of one is not what shall answer."""
    spent_ms = []
    for number in range(200):
        credentials = {"email": f"a{number}.{round_}@example.com", "password": PASSWORD}
        begun = time.perf_counter()
        refused = client.post("/api/v1/session", json=credentials)
        spent_ms.append((time.perf_counter() - begun) * 1000)
        assert refused.status_code in (503, 429)
        assert int(refused.headers["Retry-After"]) > 0
    return sorted(spent_ms)[197]
