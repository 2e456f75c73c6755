"""What cannot be undone asks for a confirmation of the last 10 minutes."""

import jwt
import pytest

from accounts import services
from accounts.access import confirmation
from accounts.credentials import sessions
from redis_models.health import clock
from redis_models.operations.claims import Origin
from tests.support.mail.pages import delivered, last_mail, look_at, press
from tests.support.people import PASSWORD, client_with

MINUTES_10 = confirmation.CONFIRMED_FOR_MS
SECRET = "a secret of thirty-two characters"


@pytest.fixture
def later(monkeypatch):
    """Let time pass for confirmations (ms)."""

    def pass_by(ms):
        now = clock.now_ms()
        monkeypatch.setattr(confirmation, "now_ms", lambda: now + ms)

    return pass_by


def export(client, user_id=""):
    return client.get("/api/v1/users/me/export", {"userId": user_id} if user_id else {})


def erase(client):
    return client.delete("/api/v1/users/me")


def confirm(client, password=PASSWORD):
    return client.post("/api/v1/session/confirm", {"password": password}, format="json")


def test_who_signed_in_within_ten_minutes_is_confirmed(ann, later):
    later(MINUTES_10 - 1000)
    assert export(ann.client).status_code == 200


@pytest.mark.parametrize("ask", [export, erase])
def test_an_older_session_is_asked_to_confirm(ann, later, ask, valkey):
    later(MINUTES_10)
    refused = ask(ann.client)
    assert (refused.status_code, refused.json()["code"]) == (403, "confirmation_required")
    assert not valkey.client.exists(f"user:{ann.id}:erased")
    assert ann.client.get("/api/v1/users/me").status_code == 200, "everything else goes on"


@pytest.mark.parametrize("ask", [export, erase])
def test_a_confirmed_session_is_confirmed_for_ten_minutes_and_no_other_is(ann, later, ask):
    other = sessions.open_session(ann.id, at=clock.now_ms() - MINUTES_10)
    older = sessions.open_session(ann.id, at=clock.now_ms() - MINUTES_10)
    confirmed = confirm(client_with(older.access_token))
    assert (confirmed.status_code, confirmed["Cache-Control"]) == (200, "no-store")
    assert confirmed.json()["confirmedUntil"].endswith("Z")
    assert ask(client_with(other.access_token)).status_code == 403
    assert ask(client_with(older.access_token)).status_code == 200


def test_a_confirmation_ends(ann, later):
    older = sessions.open_session(ann.id, at=clock.now_ms() - MINUTES_10)
    assert confirm(client_with(older.access_token)).status_code == 200
    later(MINUTES_10)
    assert export(client_with(older.access_token)).status_code == 403


def test_a_wrong_password_confirms_nothing(ann, later):
    older = client_with(sessions.open_session(ann.id, at=clock.now_ms() - MINUTES_10).access_token)
    assert confirm(older, "not the password").status_code == 401
    assert confirm(older, "").status_code == 400
    assert export(older).status_code == 403


def test_wrong_passwords_are_limited(ann, frozen_limits):
    answers = [confirm(ann.client, "not the password").status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]


def test_without_a_password_of_ours_there_is_nothing_to_confirm(ann, service, valkey):
    assert service.post(f"/api/v1/session/confirm?userId={ann.id}", {"password": "x"}, format="json").status_code == 403
    valkey.client.delete(f"user:{ann.id}:credential")
    assert confirm(ann.client).status_code == 404


def test_a_session_that_ended_meanwhile_is_not_confirmed(ann, valkey, list_clock):
    assert ann.client.get("/api/v1/users/me").status_code == 200
    valkey.client.hset(f"user:{ann.id}:sessions", f"ended:{ann.signed_in.session.id}", str(clock.now_ms()))
    assert confirm(ann.client).status_code == 401


def test_in_an_outage_an_older_session_gets_503(ann, later, valkey):
    later(MINUTES_10)
    ann.client.get("/api/v1/users/me")
    valkey.stop()
    assert export(ann.client).status_code == 503


def test_a_service_key_is_exempt(ann, service, later):
    later(MINUTES_10)
    assert export(service, ann.id).status_code == 200


def test_in_trusted_mode_all_are_exempt(ann, trusted, later):
    later(MINUTES_10)
    assert export(trusted, ann.id).status_code == 200
    assert export(ann.client).status_code == 200


def test_a_confirmation_survives_the_refresh_of_its_session(ann, later):
    older = sessions.open_session(ann.id, at=clock.now_ms() - MINUTES_10)
    confirm(client_with(older.access_token))
    newer = sessions.refresh(refresh_token=older.refresh_token)
    assert export(client_with(newer.access_token)).status_code == 200


# --- another provider's tokens


@pytest.fixture
def from_provider(settings, valkey):
    """A client of u1, whom another provider vouches for, with these claims."""
    settings.AIRA_JWT_SECRET, settings.AIRA_OIDC_ISSUER, settings.AIRA_OIDC_AUDIENCE = SECRET, "https://idp", "aira"

    def client(**claims):
        times = {"iat": clock.now_ms() // 1000, "exp": clock.now_ms() // 1000 + 3600}
        claims = {"sub": "u1", "iss": "https://idp", "aud": "aira"} | times | claims
        return client_with(jwt.encode(claims, SECRET, algorithm="HS256"))

    return client


def ago(seconds):
    return clock.now_ms() // 1000 - seconds


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, 403),
        ({"auth_time": 590}, 200),
        ({"auth_time": 600}, 403),
        ({"auth_time": -600}, 403),
        ({"auth_time": "soon"}, 403),
        ({"amr": [{"method": "password", "timestamp": 5000}, {"method": "otp", "timestamp": 10}]}, 200),
        ({"amr": [{"method": "password", "timestamp": 5000}]}, 403),
        ({"amr": [{"method": "password"}, "pwd", {"timestamp": True}]}, 403),
        ({"amr": "pwd"}, 403),
        ({"auth_time": 5000, "amr": [{"method": "password", "timestamp": 10}]}, 403),
    ],
)
def test_a_providers_token_counts_by_its_time(from_provider, claims, status):
    def with_times(value):
        if isinstance(value, dict):
            return {key: with_times(each) for key, each in value.items()}
        if isinstance(value, list):
            return [with_times(each) for each in value]
        return ago(value) if type(value) is int else value

    assert export(from_provider(**with_times(claims))).status_code == status


@pytest.mark.parametrize("at", [-5, 10**18, 1.5])
def test_a_time_that_is_none_is_not_read(from_provider, at):
    assert export(from_provider(auth_time=at)).status_code == 403


# --- a link by mail, for users whose provider does not say when they signed in

LINK = "/api/v1/session/confirm/link"
EMAIL = "u1@example.com"


@pytest.fixture
def u1(from_provider):
    """A client of u1, who has registered an email, and whose provider says neither `auth_time` nor `amr`."""
    client = from_provider()
    assert client.post("/api/auth/register-user", {"userId": "u1", "email": EMAIL}, format="json").status_code == 200
    return client


def linked(client):
    """Ask for a link, and return the text of the mail that came."""
    assert client.post(LINK).status_code == 200
    return last_mail()


@pytest.mark.parametrize("ask", [export, erase])
def test_a_link_from_a_mail_confirms_the_user_of_a_provider(u1, ask):
    assert ask(u1).status_code == 403
    text = linked(u1)
    assert delivered()[-1].to == [EMAIL]
    look_at(text)
    assert ask(u1).status_code == 403, "a scanner has only looked at it"
    assert press(text).status_code == 200
    assert ask(u1).status_code == 200
    assert press(text).status_code == 410, "it is used up, also by an erasure"


def test_a_confirmation_by_a_link_ends_after_ten_minutes_and_needs_a_new_link(u1, later):
    text = linked(u1)
    press(text)
    later(MINUTES_10)
    assert export(u1).status_code == 403
    assert press(text).status_code == 410
    assert export(u1).status_code == 403


def test_a_link_confirms_nobody_else_and_no_session_of_ours(u1, from_provider, later):
    press(linked(u1))
    assert export(from_provider(sub="u2")).status_code == 403
    older = sessions.open_session("u1", at=clock.now_ms() - MINUTES_10)
    assert export(client_with(older.access_token)).status_code == 403


def test_a_link_that_proves_an_email_confirms_nobody(u1):
    u1.post("/api/v1/users/me/email/link", {}, format="json")
    assert press(last_mail()).status_code == 200
    assert export(u1).status_code == 403


def test_only_users_of_another_provider_who_have_a_profile_get_such_a_link(u1, from_provider, ann, service, trusted):
    for client in (ann.client, service, trusted):
        assert client.post(f"{LINK}?userId={ann.id}").status_code == 403
    assert from_provider(sub="u2").post(LINK).status_code == 404
    assert delivered() == []


def test_no_link_goes_to_somebody_who_has_the_email_by_now(u1):
    ben = services.register_user(user_id="ben", email="ben@example.com").profile
    services.change_email(profile=ben, email=EMAIL, origin=Origin.LINK)
    assert u1.post(LINK).status_code == 200
    assert delivered() == []


def test_confirming_by_a_link_needs_redis(u1, valkey):
    text = linked(u1)
    valkey.stop()
    assert (u1.post(LINK).status_code, press(text).status_code, export(u1).status_code) == (503, 503, 503)


def test_an_erasure_removes_the_confirmation(u1, valkey):
    press(linked(u1))
    assert valkey.client.hexists("user:u1:links", "confirmed")
    assert erase(u1).status_code == 200
    assert not valkey.client.exists("user:u1:links")
