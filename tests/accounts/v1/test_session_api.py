"""Signing up, in and out, over HTTP."""

import re

import pytest
from rest_framework.test import APIClient

from accounts.credentials import sessions, tokens
from redis_models import writer
from redis_models.background import revocations
from redis_models.health import clock, monitor, registry
from redis_models.journal import journal
from redis_models.replay.drain import drain
from tests.support.people import PASSWORD, TEXT, client_with, sign_up
from tests.support.waiting import deadline, within

MESSAGE = {"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}
NEW_PASSWORD = "another staple entirely"


def post(path, body=None, **headers):
    return APIClient().post(f"/api/v1/session{path}", body or {}, format="json", headers=headers)


def put(person, path, body):
    return person.client.put(f"/api/v1/users/me{path}", body, format="json")


def refresh(token, **headers):
    return post("/refresh", {"refreshToken": token}, **headers)


def test_a_user_who_signed_up_can_sign_in_and_has_a_dashboard(valkey):
    created = post("/sign-up", {"email": "Ann@Example.com", "password": PASSWORD, "name": "Ann"})
    assert (created.status_code, list(created.json())) == (200, ["message"])
    opened = post("", {"email": " ann@example.COM", "password": PASSWORD})
    assert (opened.status_code, opened["Cache-Control"]) == (200, "no-store")
    shown = opened.json()
    assert (shown["tokenType"], shown["expiresIn"], shown["rotated"]) == ("Bearer", 900, True)
    client = client_with(shown["accessToken"])
    assert client.get("/api/dashboard").json()["data"]["conversations"] == 0
    assert client.get("/api/user/plan?email=ann@example.com").json() == {"plan": "free", "found": True}
    assert valkey.client.hget(f"user:{shown['userId']}:profile", "name") == "Ann"


def test_signing_up_with_a_taken_email_looks_the_same_and_changes_nothing(ann, valkey):
    before = {key: valkey.client.dump(key) for key in valkey.data_keys()}
    again = post("/sign-up", {"email": ann.email, "password": NEW_PASSWORD})
    new = post("/sign-up", {"email": "ben@example.com", "password": NEW_PASSWORD})
    assert (again.status_code, again.json()) == (new.status_code, new.json())
    assert {key: valkey.client.dump(key) for key in before} == before
    assert post("", {"email": ann.email, "password": NEW_PASSWORD}).status_code == 401


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123456"[:8], "ann@example.com", "x" * 257])
def test_a_password_that_is_easy_to_guess_is_refused(valkey, password):
    response = post("/sign-up", {"email": "ann@example.com", "password": password})
    assert response.status_code == 400
    assert valkey.data_keys() == []


RUN = "\u0301" * 31
WITH_RUN, WITHOUT_RUN = f"horse battery e{RUN}", f"horse battery e{RUN[1:]}"
NO_RUN = "not have more than 30 combining marks in a row."


def test_a_password_with_a_long_run_of_combining_marks_is_refused_and_one_of_thirty_is_not(ann):
    answers = [
        post("/sign-up", {"email": "ben@example.com", "password": WITH_RUN}),
        post("", {"email": ann.email, "password": WITH_RUN}),
        put(ann, "/password", {"currentPassword": PASSWORD, "newPassword": WITH_RUN}),
        put(ann, "/email", {"email": "new@example.com", "password": WITH_RUN}),
    ]
    assert [answer.status_code for answer in answers] == [400] * 4
    assert all(NO_RUN in answer.content.decode() for answer in answers)
    assert post("", {"email": ann.email, "password": PASSWORD}).status_code == 200
    assert post("/sign-up", {"email": "ben@example.com", "password": WITHOUT_RUN}).status_code == 200
    assert post("", {"email": "ben@example.com", "password": WITHOUT_RUN}).status_code == 200


def test_an_email_with_a_long_run_of_combining_marks_is_refused_with_one_sentence(ann, service):
    email = f"ann@e{RUN}x.example"
    answers = [
        post("/sign-up", {"email": email, "password": PASSWORD}),
        post("", {"email": email, "password": PASSWORD}),
        put(ann, "/email", {"email": email, "password": PASSWORD}),
        service.post("/api/auth/register-user", {"userId": "u9", "email": email}, format="json"),
        service.get("/api/user/plan", {"email": email}),
    ]
    assert [answer.status_code for answer in answers] == [400] * 5
    assert all(f"email must {NO_RUN}" in answer.content.decode() for answer in answers)


def test_an_unknown_email_and_a_wrong_password_get_the_same_answer(ann):
    wrong = post("", {"email": ann.email, "password": NEW_PASSWORD})
    unknown = post("", {"email": "nobody@example.com", "password": NEW_PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    for response in (wrong, unknown):
        assert re.fullmatch("[0-9a-f]{16}", response.headers.pop("X-Request-ID")[1])
        assert response.headers.pop("RateLimit")[1].startswith('"sign-in";'), "of the address: one less each time"
    assert dict(wrong.headers) == dict(unknown.headers)


def test_a_user_registered_with_a_service_key_has_no_password(valkey, service):
    service.post("/api/auth/register-user", {"userId": "u1", "email": "u1@example.com"}, format="json")
    assert post("", {"email": "u1@example.com", "password": PASSWORD}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [{}, {"email": "a@example.com"}, {"email": 5, "password": PASSWORD}, {"email": "a@example.com", "password": 5}],
)
def test_the_answer_names_invalid_fields(valkey, body):
    response = post("", body)
    assert response.status_code == 400
    assert response.json()["errors"]


def test_a_refresh_token_works_once_and_using_an_old_one_ends_the_session(ann):
    first = ann.signed_in.refresh_token
    second = refresh(first).json()["refreshToken"]
    assert second != first
    third = refresh(second).json()
    assert refresh(first).status_code == 401
    assert refresh(third["refreshToken"]).status_code == 401
    assert client_with(third["accessToken"]).get("/api/dashboard").status_code == 401


def test_a_refresh_that_is_sent_again_gets_the_same_tokens(ann):
    first = ann.signed_in.refresh_token
    headers = {"Idempotency-Key": "k1"}
    once, again = (refresh(first, **headers).json()["refreshToken"] for _ in range(2))
    assert once == again
    assert refresh(once).status_code == 200
    assert refresh(first, **headers).status_code == 401


def test_a_refresh_repeated_after_a_minute_counts_as_an_old_token(ann, monkeypatch):
    headers = {"Idempotency-Key": "k1"}
    refresh(ann.signed_in.refresh_token, **headers)
    later = clock.now_ms() + 60_001
    for module in (sessions, clock):
        monkeypatch.setattr(module, "now_ms", lambda: later)
    assert refresh(ann.signed_in.refresh_token, **headers).status_code == 401


def test_a_refresh_token_that_the_server_lost_is_accepted(ann, valkey):
    second = refresh(ann.signed_in.refresh_token).json()["refreshToken"]
    valkey.client.delete(f"user:{ann.id}:sessions")
    third = refresh(second)
    assert third.status_code == 200
    assert refresh(third.json()["refreshToken"]).status_code == 200
    assert refresh(second).status_code == 401


def test_a_sign_in_whose_row_was_dropped_while_its_worker_was_frozen_is_503(ann, monkeypatch, valkey):
    apply = writer.gateway.apply

    def apply_and_freeze(write):
        receipt = apply(write)
        drain()  # of another worker, after the deadline
        return receipt

    monkeypatch.setattr(writer, "GRACE_S", -writer.LONGEST_S)
    monkeypatch.setattr(writer.gateway, "apply", apply_and_freeze)
    answer = post("", {"email": ann.email, "password": PASSWORD})
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


@pytest.mark.parametrize("token", ["x", "a.b.c", "", "access"])
def test_an_invalid_refresh_token_is_refused(ann, token):
    response = refresh(ann.signed_in.access_token if token == "access" else token)
    assert response.status_code in (400, 401)


def test_a_refresh_token_is_not_accepted_as_an_access_token(ann):
    assert client_with(ann.signed_in.refresh_token).get("/api/dashboard").status_code == 401


def test_signing_out_ends_only_this_session(ann):
    other = sessions.sign_in(email=ann.email, password=PASSWORD)
    response = post("/sign-out", {"refreshToken": ann.signed_in.refresh_token})
    assert (response.status_code, response.json()) == (200, {"state": "stored"})
    assert ann.client.get("/api/dashboard").status_code == 401
    assert refresh(ann.signed_in.refresh_token).status_code == 401
    assert client_with(other.access_token).get("/api/dashboard").status_code == 200
    assert post("/sign-out", {"refreshToken": "a.b.c"}).status_code == 401
    assert post("/sign-out").status_code == 401


def test_signing_out_everywhere_ends_all(ann):
    other = sessions.sign_in(email=ann.email, password=PASSWORD)
    assert ann.client.post("/api/v1/session/sign-out-everywhere").status_code == 200
    for signed_in in (ann.signed_in, other):
        assert client_with(signed_in.access_token).get("/api/dashboard").status_code == 401
        assert refresh(signed_in.refresh_token).status_code == 401
    assert post("", {"email": ann.email, "password": PASSWORD}).status_code == 200


def change_password(client, current=PASSWORD, new=NEW_PASSWORD, **fields):
    body = {"currentPassword": current, "newPassword": new} | fields
    return client.put("/api/v1/users/me/password", body, format="json")


def test_a_changed_password_ends_all_other_sessions(ann):
    other = sessions.sign_in(email=ann.email, password=PASSWORD)
    changed = change_password(ann.client)
    assert changed.status_code == 200
    assert client_with(other.access_token).get("/api/dashboard").status_code == 401
    assert client_with(changed.json()["accessToken"]).get("/api/dashboard").status_code == 200
    assert post("", {"email": ann.email, "password": PASSWORD}).status_code == 401
    assert post("", {"email": ann.email, "password": NEW_PASSWORD}).status_code == 200


def test_changing_a_password_needs_the_old_one(ann, service):
    assert change_password(ann.client, current="something else").status_code == 401
    assert change_password(ann.client, new="short").status_code == 400
    assert change_password(service).status_code == 403
    assert post("", {"email": ann.email, "password": PASSWORD}).status_code == 200


def test_a_user_without_a_password_cannot_change_it(ann, valkey):
    valkey.client.delete(f"user:{ann.id}:credential")
    assert change_password(ann.client).status_code == 404


def test_an_expired_token_is_refused(ann, monkeypatch):
    session = ann.signed_in.session
    old = tokens.access_token(session, at=clock.now_ms() - 1_000_000)
    response = client_with(old).get("/api/dashboard")
    assert (response.status_code, response.json()) == (401, {"error": "The token has expired"})
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_token_is_refused(ann, part):
    parts = ann.signed_in.access_token.split(".")
    parts[part] = parts[part][:-4] + "AAAA"
    assert client_with(".".join(parts)).get("/api/dashboard").status_code == 401


def test_a_user_can_use_only_their_own_id_and_others_are_not_found(ann):
    assert ann.client.get(f"/api/dashboard?userId={ann.id}").status_code == 200
    assert ann.client.get("/api/dashboard?userId=u2").status_code == 404
    assert ann.client.get("/api/dashboard", headers={"x-user-id": "u2"}).status_code == 404
    body = {"userId": "u2", "messages": [MESSAGE]}
    assert ann.client.post("/api/chat/save", body, format="json").status_code == 404
    ben = sign_up("ben@example.com")
    assert ann.client.get(f"/api/user/plan?email={ben.email}").json() == {"plan": "free", "found": False}


def test_two_different_names_are_refused_even_if_one_is_the_callers(ann):
    assert ann.client.get(f"/api/dashboard?userId={ann.id}", headers={"x-user-id": "u2"}).status_code == 400
    body = {"userId": "u2", "messages": [MESSAGE]}
    assert ann.client.post(f"/api/chat/save?userId={ann.id}", body, format="json").status_code == 400


def test_at_most_fifty_sessions_are_kept(ann, valkey):
    began_ms = clock.now_ms()
    opened = [sessions.open_session(ann.id, at=began_ms + n) for n in range(52)]
    kept = valkey.client.hkeys(f"user:{ann.id}:sessions")
    assert len(kept) == 50
    assert ann.signed_in.session.id not in kept
    assert refresh(ann.signed_in.refresh_token).status_code == 401
    assert refresh(opened[-1].refresh_token).status_code == 200


def test_sessions_older_than_any_refresh_token_are_removed(ann, valkey):
    key = f"user:{ann.id}:sessions"
    long_ago = clock.now_ms() - 31 * 86_400_000
    valkey.client.hset(key, mapping={"old": f"{long_ago} 0 {long_ago} ab ", "ended:older": str(long_ago)})
    refresh(ann.signed_in.refresh_token)
    assert valkey.client.hkeys(key) == [ann.signed_in.session.id]


def test_erasing_a_user_ends_the_sessions_and_removes_the_credential(ann, valkey):
    from accounts.privacy.erasure import erase

    erase(user_id=ann.id)
    assert valkey.data_keys() == [f"user:{ann.id}:erased"]
    assert ann.client.get("/api/dashboard").status_code == 401
    assert refresh(ann.signed_in.refresh_token).status_code == 401
    assert valkey.data_keys() == [f"user:{ann.id}:erased"]


# --- cookies


def browser(origin="http://testserver"):
    client = APIClient()
    client.credentials(**({"HTTP_ORIGIN": origin} if origin else {}))
    return client


def test_a_page_keeps_the_tokens_in_cookies_that_no_script_reads(ann):
    client = browser()
    body = {"email": ann.email, "password": PASSWORD, "transport": "cookie"}
    opened = client.post("/api/v1/session", body, format="json")
    assert "accessToken" not in opened.json()
    for name in ("aira_access", "aira_refresh"):
        assert opened.cookies[name]["httponly"]
        assert opened.cookies[name]["samesite"] == "Lax"
    assert client.get("/api/dashboard").status_code == 200
    assert client.post("/api/chat/save", {"messages": [MESSAGE]}, format="json").status_code == 200
    first = client.cookies["aira_refresh"].value
    assert client.post("/api/v1/session/refresh").status_code == 200
    assert client.cookies["aira_refresh"].value != first
    again = APIClient(headers={"Origin": "http://testserver", "Cookie": f"aira_refresh={first}"})
    assert again.post("/api/v1/session/refresh").status_code == 200, "a second tab may refresh at the same time"
    assert client.post("/api/v1/session/sign-out").status_code == 200
    assert client.cookies["aira_access"].value == ""
    assert client.get("/api/dashboard").status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "https://app.example"}, 200),
        ({"Origin": "https://aira.example"}, 200),
    ],
)
def test_a_change_with_a_cookie_must_come_from_a_trusted_origin(ann, settings, headers, status):
    settings.AIRA_CORS_ORIGINS = ("https://app.example",)
    settings.AIRA_PUBLIC_URL = "https://aira.example"
    client = APIClient(headers={"Cookie": f"aira_access={ann.signed_in.access_token}"} | headers)
    assert client.post("/api/chat/save", {"messages": [MESSAGE]}, format="json").status_code == status
    assert client.get("/api/dashboard").status_code == 200
    body = {"email": ann.email, "password": PASSWORD, "transport": "cookie"}
    assert client.post("/api/v1/session", body, format="json").status_code == status


# --- while Redis is away


@pytest.fixture
def away(ann, valkey):
    """Stop Redis after Ann has signed in."""
    valkey.stop()
    monitor.probe_once()
    monitor.probe_once()
    return ann


def test_an_outage_does_not_sign_users_out(away):
    assert away.client.get("/api/dashboard").json()["redisHealthy"] is False
    saved = away.client.post("/api/chat/save", {"messages": [MESSAGE]}, format="json")
    assert (saved.status_code, saved.json()["pending"]) == (200, True)
    again = refresh(away.signed_in.refresh_token).json()
    assert (again["rotated"], again["refreshToken"]) == (False, away.signed_in.refresh_token)
    assert client_with(again["accessToken"]).get("/api/dashboard").status_code == 200


def test_signing_in_and_up_need_redis(away):
    for path, body in [
        ("", {"email": away.email, "password": PASSWORD}),
        ("/sign-up", {"email": "new@example.com", "password": PASSWORD}),
    ]:
        response = post(path, body)
        assert (response.status_code, response["Retry-After"]) == (503, "2"), path
    assert change_password(away.client).status_code == 503


def test_signing_out_is_pending_while_redis_is_away(away, valkey):
    response = post("/sign-out", {"refreshToken": away.signed_in.refresh_token})
    assert (response.status_code, response.json()) == (202, {"state": "pending"})
    assert journal().admin.status().pending == 1
    valkey.start()
    monitor.probe_once()
    drain()
    assert away.client.get("/api/dashboard").status_code == 401


@pytest.fixture
def read_only(valkey):
    """Return a function that makes the server refuse writes."""

    def begin():
        valkey.client.config_set("maxmemory", "1")
        monitor.probe_once()
        assert not registry.current().is_writable

    yield begin
    valkey.client.config_set("maxmemory", "0")


def test_an_ended_session_is_refused_while_redis_refuses_writes(ann, read_only):
    other = sessions.sign_in(email=ann.email, password=PASSWORD)
    post("/sign-out", {"refreshToken": ann.signed_in.refresh_token})
    read_only()
    assert ann.client.get("/api/dashboard").status_code == 401
    assert refresh(ann.signed_in.refresh_token).status_code == 401
    goes_on = refresh(other.refresh_token)
    assert (goes_on.status_code, goes_on.json()["rotated"]) == (200, False)
    assert client_with(goes_on.json()["accessToken"]).get("/api/dashboard").status_code == 200


def test_a_hung_redis_delays_a_list_that_is_too_old_by_half_a_second(ann, valkey, monkeypatch):
    from accounts.access import authentication

    monkeypatch.setattr(revocations, "READING_BUDGET_S", 0.5)
    valkey.pause()
    try:
        with within(deadline(promised_s=0.5)):
            assert authentication.caller_of(ann.signed_in.access_token).user_id == ann.id
    finally:
        valkey.resume()
