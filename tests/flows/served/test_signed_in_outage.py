"""An outage on a served site: signed-in users stay signed in, and signing in is refused at once."""

import pytest

from tests.support.people import PASSWORD, TEXT

EMAIL = "ann@example.com"
MESSAGES = [{"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}]
REFUSALS = 200


@pytest.fixture(params=["wsgi", "asgi"])
def site(request, serve):
    """The site behind one trusted proxy, so each request can come from its own address."""
    return serve(interface=request.param, AIRA_TRUSTED_PROXIES="1")


@pytest.fixture
def tokens(site):
    """The tokens of Ann, who has signed up and in and opened her dashboard."""
    credentials = {"email": EMAIL, "password": PASSWORD}
    assert site.client.post("/api/v1/session/sign-up", json=credentials).status_code == 200
    tokens = site.client.post("/api/v1/session", json=credentials).json()
    site.client.headers["Authorization"] = f"Bearer {tokens['accessToken']}"
    assert site.client.get("/api/dashboard").json()["redisHealthy"] is True
    return tokens


@pytest.fixture
def _without_redis(site, tokens, valkey):
    valkey.stop()
    site.wait_until_away()


def save(client, title):
    return client.post("/api/chat/save", json={"messages": MESSAGES, "title": title})


def sign_in(client, number):
    """Try to sign in with an address and an email used only for this try, so no rate limit applies."""
    credentials = {"email": f"a{number}@example.com", "password": PASSWORD}
    forwarded = {"X-Forwarded-For": f"198.51.{number // 250}.{number % 250}"}
    return client.post("/api/v1/session", json=credentials, headers=forwarded)


@pytest.mark.usefixtures("_without_redis")
def test_a_signed_in_user_can_read_and_save_and_is_not_signed_out(site, tokens):
    client = site.client
    for count in range(1, 4):
        saved = save(client, f"Chat {count}")
        assert (saved.status_code, saved.json()["pending"]) == (200, True)
        shown = client.get("/api/dashboard")
        assert (shown.status_code, shown.json()["data"]["conversations"]) == (200, count)
    again = client.post("/api/v1/session/refresh", json={"refreshToken": tokens["refreshToken"]}).json()
    assert again["rotated"] is False
    client.headers["Authorization"] = f"Bearer {again['accessToken']}"
    assert client.get("/api/dashboard").json()["data"]["conversations"] == 3


@pytest.mark.usefixtures("_without_redis")
def test_two_hundred_sign_ins_are_503_at_once_and_send_nothing_to_redis(site):
    attempts = site.failed_attempts()
    for number in range(REFUSALS):
        refused = sign_in(site.client, number)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
    assert site.failed_attempts() == attempts
    assert save(site.client, "Afterwards").json()["pending"] is True
