"""Pages renew their session by the refresh cookie."""

import pytest
from rest_framework.test import APIClient

from accounts.credentials import sessions, tokens
from redis_models.health.clock import now_ms
from tests.support.people import PASSWORD, TEXT, client_with

OWN = {"Origin": "http://testserver"}
MESSAGE = {"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}


def page(**cookies):
    """A browser with these cookies."""
    client = APIClient(headers=OWN)
    for name, value in cookies.items():
        client.cookies[name] = value
    return client


@pytest.fixture
def opened(ann):
    return sessions.sign_in(email=ann.email, password=PASSWORD)


@pytest.fixture
def expired(opened):
    """An access token that has expired."""
    return tokens.access_token(opened.session, at=now_ms() - 3_600_000)


def test_a_page_without_an_access_token_gets_new_ones_with_the_answer(opened):
    client = page(aira_refresh=opened.refresh_token)
    answer = client.get("/api/dashboard")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert answer.cookies["aira_refresh"].value != opened.refresh_token
    assert client.get("/api/dashboard").cookies == {}, "the new access token is used"
    assert client_with(answer.cookies["aira_access"].value).get("/api/dashboard").status_code == 200


def test_a_page_with_an_expired_access_token_is_renewed(opened, expired):
    client = page(aira_access=expired, aira_refresh=opened.refresh_token)
    assert client.get("/api/dashboard").status_code == 200
    assert client.post("/api/chat/save", {"messages": [MESSAGE]}, format="json").status_code == 200
    assert page(aira_access=expired).get("/api/dashboard").status_code == 401


def test_the_requests_of_a_page_that_are_made_at_once_get_the_same_session(opened):
    answers = [page(aira_refresh=opened.refresh_token).get("/api/dashboard") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.cookies["aira_refresh"].value for answer in answers}) == 1


def test_a_session_that_is_over_is_not_renewed_and_its_cookies_are_removed(ann, opened):
    sessions.sign_out_everywhere(user_id=ann.id)
    client = page(aira_access=opened.access_token, aira_refresh=opened.refresh_token)
    answer = client.get("/api/dashboard")
    assert answer.status_code == 401
    assert {name: each.value for name, each in answer.cookies.items()} == {"aira_access": "", "aira_refresh": ""}


def test_a_change_that_another_site_makes_a_browser_send_renews_nothing(opened):
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = APIClient(headers={"Cookie": f"aira_refresh={opened.refresh_token}"} | headers).post(
            "/api/chat/save", {"messages": [MESSAGE]}, format="json"
        )
        assert (answer.status_code, answer.cookies) == (403, {})
    assert sessions.refresh(refresh_token=opened.refresh_token).is_rotated, "it was not used"


def test_a_bearer_token_that_has_expired_is_not_renewed_by_a_cookie(opened, expired):
    client = page(aira_refresh=opened.refresh_token)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {expired}")
    answer = client.get("/api/dashboard")
    assert (answer.status_code, answer.cookies) == (401, {})


def test_a_page_is_renewed_while_redis_is_away(opened, valkey):
    valkey.stop()
    client = page(aira_refresh=opened.refresh_token)
    answer = client.post("/api/chat/save", {"messages": [MESSAGE]}, format="json")
    assert (answer.status_code, answer.json()["pending"]) == (200, True)
    assert answer.cookies["aira_access"].value
