"""Proving an email, changing it, forgetting a password, and getting back an email that somebody else claimed.

The mails go over a real SMTP server; time passes by a clock of the test.
"""

import itertools

import pytest
from rest_framework.test import APIClient

from accounts import services
from accounts.claims import claim_on
from accounts.mail import sender
from redis_models.health import clock
from redis_models.operations.claims import Origin
from redis_models.schema import email_keys
from tests.support.mail.pages import look_at, press, submitted
from tests.support.mail.server import MailServer
from tests.support.people import PASSWORD, client_with, sign_up
from tests.support.waiting import wait_until

EMAIL = "ann@example.com"
NEW = "another staple entirely"
ME = "/api/v1/users/me"


@pytest.fixture
def mail_server(valkey, settings):
    server = MailServer()
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.AIRA_MAIL = "127.0.0.1", server.port, "smtp"
    settings.DEFAULT_FROM_EMAIL = "aira@aira.example"
    yield server
    server.stop()


@pytest.fixture
def pass_time(monkeypatch):
    """Let the sender's clock pass; each step of the housekeeping takes a second of it."""
    seconds = itertools.count()
    passed = [0.0]
    monkeypatch.setattr(sender, "monotonic", lambda: 1000.0 + next(seconds) + passed[0])

    def let_pass(more):
        passed[0] += more

    return let_pass


@pytest.fixture
def mail_to(mail_server, pass_time):
    """Let the housekeeping send until the email has got so many mails, and return the last one's text."""

    def text(email, *, count=1):
        wait_until(lambda: sender.go_on() or len(mail_server.bodies(email)) >= count)
        assert len(mail_server.bodies(email)) == count
        return mail_server.bodies(email)[-1]

    return text


def post(path, body, *, client=None):
    return (client or APIClient()).post(path, body, format="json")


def sign_up_over_http(email, password=PASSWORD):
    assert post("/api/v1/session/sign-up", {"email": email, "password": password}).status_code == 200


def sign_in(email, password=PASSWORD):
    return post("/api/v1/session", {"email": email, "password": password})


def signed_in(email, password=PASSWORD):
    return client_with(sign_in(email, password).json()["accessToken"])


def email_state(client):
    return client.get(ME).json()["emailState"]


def is_found(service, email=EMAIL):
    return service.get("/api/user/plan", {"email": email}).json()["found"]


def test_whoever_signs_up_is_found_only_after_the_email_is_proven(mail_to, service):
    sign_up_over_http(EMAIL)
    ann = signed_in(EMAIL)
    assert (email_state(ann), is_found(service)) == ("unproven", False)
    assert "Confirmed" not in look_at(mail_to(EMAIL)).content.decode()
    page = press(mail_to(EMAIL))
    assert (page.status_code, "This email is confirmed." in page.content.decode()) == (200, True)
    assert (email_state(ann), is_found(service)) == ("proven", True)


def test_a_scanner_that_opens_every_link_uses_none_up(mail_to):
    sign_up_over_http(EMAIL)
    proof = mail_to(EMAIL)
    for _ in range(3):
        assert look_at(proof).status_code == 200
    assert email_state(signed_in(EMAIL)) == "unproven"
    assert press(proof).status_code == 200
    post("/api/v1/session/forgotten", {"email": EMAIL})
    forgotten = mail_to(EMAIL, count=2)
    for _ in range(3):
        assert look_at(forgotten).status_code == 200
    assert press(forgotten, password=NEW).status_code == 200


def test_a_link_is_used_once(mail_to):
    sign_up_over_http(EMAIL)
    proof = mail_to(EMAIL)
    assert [press(proof).status_code for _ in range(2)] == [200, 410]


def test_a_forgotten_password_is_replaced_and_all_sessions_end(mail_to):
    sign_up_over_http(EMAIL)
    ann = signed_in(EMAIL)
    mail_to(EMAIL)
    submitted("/forgotten", email=EMAIL)
    forgotten = mail_to(EMAIL, count=2)
    assert press(forgotten, password=NEW).status_code == 200
    assert press(forgotten, password="a third staple here").status_code == 410
    assert ann.get(ME).status_code == 401
    assert (sign_in(EMAIL).status_code, sign_in(EMAIL, NEW).status_code) == (401, 200)
    assert email_state(signed_in(EMAIL, NEW)) == "proven"


def test_a_changed_email_is_proven_by_a_mail_to_the_new_one(mail_to, service):
    sign_up_over_http(EMAIL)
    press(mail_to(EMAIL))
    ann = signed_in(EMAIL)
    body = {"email": "new@example.com", "password": PASSWORD}
    assert ann.put(f"{ME}/email", body, format="json").json()["emailState"] == "unproven"
    assert (is_found(service), is_found(service, "new@example.com")) == (False, False)
    press(mail_to("new@example.com"))
    assert is_found(service, "new@example.com")


def test_while_the_mail_server_is_away_for_a_minute_mails_wait(mail_server, mail_to, pass_time, valkey):
    mail_server.stop()
    sign_up_over_http(EMAIL)
    for _ in range(4):
        pass_time(sender.AGAIN_AFTER_S)
        sender.go_on()
    assert valkey.client.zcard("aira:mails") == 1
    assert mail_server.mails == []
    mail_server.start()
    pass_time(sender.AGAIN_AFTER_S)
    assert press(mail_to(EMAIL)).status_code == 200


def test_the_owner_of_a_mailbox_gets_an_account_that_a_stranger_made_with_it(mail_to):
    sign_up_over_http(EMAIL, "the stranger's password")
    stranger = signed_in(EMAIL, "the stranger's password")
    mail_to(EMAIL)
    sign_up_over_http(EMAIL)
    assert press(mail_to(EMAIL, count=2), password=NEW).status_code == 200
    assert stranger.get(ME).status_code == 401
    assert (sign_in(EMAIL, "the stranger's password").status_code, sign_in(EMAIL, NEW).status_code) == (401, 200)


@pytest.mark.parametrize("origin", [Origin.NONE, Origin.OPERATOR])
def test_a_link_takes_an_email_from_whoever_has_not_proven_it(mail_to, origin):
    holder = sign_up(EMAIL)
    services.register_user(user_id=holder.id, email=EMAIL, origin=origin)
    ben = sign_up("ben@example.com")
    asked = {"email": EMAIL, "password": PASSWORD}
    assert post(f"{ME}/email/link", asked | {"password": "wrong password"}, client=ben.client).status_code == 401
    assert post(f"{ME}/email/link", asked, client=ben.client).status_code == 200
    assert press(mail_to(EMAIL)).status_code == 200
    assert (ben.client.get(ME).json()["email"], email_state(ben.client)) == (EMAIL, "proven")
    assert email_state(holder.client) == "lost"


@pytest.mark.parametrize("change", [{"email": "mine@example.com", "password": PASSWORD}])
def test_who_loses_a_claim_keeps_account_and_sessions_and_signs_in_by_the_old_password(valkey, service, change):
    ann = sign_up(EMAIL)
    taken = post("/api/auth/register-user", {"userId": "ben", "email": EMAIL}, client=service)
    assert taken.status_code == 200
    assert (email_state(ann.client), ann.client.get("/api/dashboard").status_code) == ("lost", 200)
    assert sign_in(EMAIL).json()["userId"] == ann.id
    assert claim_on(EMAIL).owner == "ben"
    assert ann.client.put(f"{ME}/email", change, format="json").status_code == 200
    assert (sign_in(EMAIL).status_code, sign_in("mine@example.com").status_code) == (401, 200)


def test_live_data_from_before_origins_stays_found(valkey, service):
    at = clock.now_ms()
    ann = sign_up(EMAIL)
    valkey.client.delete(email_keys.claimants(EMAIL))
    assert is_found(service)
    services.change_plan(user_id=ann.id, plan="plus", at=at)
    assert service.get("/api/user/plan", {"email": EMAIL}).json() == {"plan": "plus", "found": True}
    assert email_state(ann.client) == "proven"
    later = {"email": EMAIL, "userId": "ben"}
    assert post("/api/auth/register-user", later, client=service).status_code == 409
