"""Sessions are seen by their user, and each can be ended."""

import pytest
from rest_framework.test import APIClient

from accounts.credentials import sessions
from accounts.privacy.erasure import erase
from redis_models.health import clock
from tests.support.people import PASSWORD, client_with, sign_up

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LIST = "/api/v1/session/list"


def sign_in(person, *, user_agent="", **more):
    client = APIClient(headers={"User-Agent": user_agent, "Origin": "http://testserver"})
    body = {"email": person.email, "password": PASSWORD} | more
    return client, client.post("/api/v1/session", body, format="json").json()


def listed(client):
    return client.get(LIST).json()["sessions"]


def end(client, session_id):
    return client.delete(f"/api/v1/session/{session_id}")


def test_a_session_shows_when_it_began_and_was_refreshed_its_browser_and_whether_it_is_this_one(ann):
    _, tokens = sign_in(ann, user_agent=FIREFOX)
    client = client_with(tokens["accessToken"])
    answer = client.get(LIST)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    newest, first = answer.json()["sessions"]
    assert newest.keys() == {"id", "beganAt", "refreshedAt", "browser", "current"}
    assert (newest["browser"], newest["current"]) == ("Firefox on Linux", True)
    assert (first["id"], first["browser"], first["current"]) == (ann.signed_in.session.id, None, False)
    sessions.refresh(refresh_token=ann.signed_in.refresh_token)
    assert [each["id"] for each in listed(client)] == [first["id"], newest["id"]], "the last used one comes first"
    assert listed(client)[0]["beganAt"] == first["beganAt"]
    assert listed(client)[0]["refreshedAt"] >= first["refreshedAt"]


def test_the_header_of_the_browser_and_addresses_are_not_stored(ann, valkey):
    sign_in(ann, user_agent=FIREFOX)
    stored = str(valkey.client.hgetall(f"user:{ann.id}:sessions"))
    assert "Firefox on Linux" in stored
    assert all(text not in stored for text in ("Mozilla", "Firefox/", "127.0.0.1"))


def test_a_session_is_ended_by_its_id_and_no_other_is(ann):
    _, tokens = sign_in(ann)
    other = client_with(tokens["accessToken"])
    ended = end(other, ann.signed_in.session.id)
    assert (ended.status_code, ended.json()) == (200, {"state": "stored"})
    assert ann.client.get("/api/dashboard").status_code == 401
    assert [each["current"] for each in listed(other)] == [True]


def test_a_session_that_is_not_ones_own_is_not_found(ann):
    ben = sign_up("ben@example.com")
    assert end(ann.client, ben.signed_in.session.id).status_code == 404
    assert end(ann.client, "0" * 32).status_code == 404
    assert ben.client.get("/api/dashboard").status_code == 200


def test_ending_the_own_session_removes_the_cookies(ann):
    client, _ = sign_in(ann, transport="cookie")
    (own,) = (each["id"] for each in listed(client) if each["current"])
    assert end(client, ann.signed_in.session.id).cookies == {}
    ended = end(client, own)
    assert {name: each.value for name, each in ended.cookies.items()} == {"aira_access": "", "aira_refresh": ""}
    assert client.get(LIST).status_code == 401


def test_a_service_key_sees_and_ends_the_sessions_of_the_user_it_names(ann, service):
    (shown,) = service.get(LIST, {"userId": ann.id}).json()["sessions"]
    assert shown["current"] is False
    assert service.delete(f"/api/v1/session/{shown['id']}?userId={ann.id}").status_code == 200
    assert service.get(LIST, {"userId": ann.id}).json()["sessions"] == []


def test_ended_and_expired_sessions_are_not_listed(ann, valkey):
    long_ago = clock.now_ms() - 31 * 86_400_000
    valkey.client.hset(f"user:{ann.id}:sessions", "old", f"{long_ago} 0 {long_ago} ab ")
    _, tokens = sign_in(ann, user_agent=FIREFOX)
    client = client_with(tokens["accessToken"])
    assert len(listed(client)) == 2
    client.post("/api/v1/session/sign-out-everywhere")
    assert listed(client_with(sign_in(ann)[1]["accessToken"]))[1:] == []
    assert not any(name.startswith("browser:") for name in valkey.client.hkeys(f"user:{ann.id}:sessions"))


def test_in_an_outage_the_list_is_503(ann, valkey):
    ann.client.get("/api/v1/users/me")
    valkey.stop()
    assert ann.client.get(LIST).status_code == 503
    assert end(ann.client, ann.signed_in.session.id).status_code == 503


def test_of_sessions_beyond_fifty_nothing_is_left(ann, valkey):
    began_ms = clock.now_ms()
    for number in range(51):
        sessions.open_session(ann.id, at=began_ms + number, browser="Firefox")
    fields = valkey.client.hkeys(f"user:{ann.id}:sessions")
    assert sum(field.startswith("browser:") for field in fields) == 50
    assert len(fields) == 100


@pytest.mark.parametrize("confirms", [False, True])
def test_an_erasure_removes_the_names_of_browsers_and_confirmations(ann, valkey, confirms):
    opened = sessions.open_session(ann.id, at=clock.now_ms(), browser="Firefox")
    if confirms:
        sessions.confirm(opened.session, password=PASSWORD)
    erase(user_id=ann.id)
    assert valkey.data_keys() == [f"user:{ann.id}:erased"]
