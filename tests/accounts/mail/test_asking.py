"""Asking for mails: limits that nobody sees, and nothing by which a known email differs from an unknown one."""

import pytest
from rest_framework.test import APIClient

from accounts.credentials import sessions
from accounts.mail import asking
from redis_models.errors import RedisUnavailable
from tests.support.commands import counted
from tests.support.mail.pages import delivered
from tests.support.people import PASSWORD, sign_up

FORGOTTEN, SIGN_UP = "/api/v1/session/forgotten", "/api/v1/session/sign-up"


@pytest.fixture(autouse=True)
def _frozen(frozen_limits):
    pass


def forget(email, **headers):
    return APIClient().post(FORGOTTEN, {"email": email}, format="json", headers=headers)


def shown(answer):
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    return answer.status_code, answer.content, headers


def test_three_mails_an_hour_go_to_an_email_and_nobody_sees_the_limit(ann):
    answers = [shown(forget("Ann@Example.com")) for _ in range(5)]
    assert len({str(answer) for answer in answers}) == 1
    assert answers[0][0] == 200
    assert len(delivered()) == 3


def test_twenty_mails_an_hour_are_asked_for_from_an_address(valkey, settings):
    settings.AIRA_TRUSTED_PROXIES = 1
    people = [sign_up(f"p{number}@example.com") for number in range(22)]
    answers = {str(shown(forget(person.email, **{"X-Forwarded-For": "1.2.3.4"}))) for person in people}
    assert len(answers) == 1
    assert len(delivered()) == 20
    forget(people[-1].email, **{"X-Forwarded-For": "1.2.3.5"})
    assert len(delivered()) == 21


def test_an_unknown_email_gets_the_same_answer_after_the_same_commands(ann, valkey):
    asked = {}
    for email in ("first@example.com", ann.email, "nobody@example.com"):
        with counted(valkey) as commands:
            answer = forget(email)
        asked[email] = (shown(answer), list(commands))
    assert asked[ann.email] == asked["nobody@example.com"]
    assert [message.to for message in delivered()] == [[ann.email]]


def test_signing_up_with_a_known_email_is_the_same_for_the_caller_and_mails_its_owner(ann, valkey):
    asked = {}
    for email in ("first@example.com", ann.email, "new@example.com"):
        with counted(valkey) as commands:
            answer = APIClient().post(SIGN_UP, {"email": email, "password": PASSWORD}, format="json")
        kept = shown(answer)
        kept[2].pop("RateLimit")
        asked[email] = (kept, list(commands))
    assert asked[ann.email] == asked["new@example.com"]
    subjects = {message.to[0]: message.subject for message in delivered()}
    assert subjects[ann.email] == "You have an account already"
    assert subjects["new@example.com"] == "Confirm your email"


def test_a_wrong_password_is_the_same_for_a_known_an_unknown_and_a_lost_email(ann, service, valkey, monkeypatch):
    sign_up("lost@example.com")
    service.post("/api/auth/register-user", {"userId": "ben", "email": "lost@example.com"}, format="json")
    checked = []
    real = sessions.passwords.matches
    monkeypatch.setattr(sessions.passwords, "matches", lambda *given: checked.append(1) or real(*given))
    seen = set()
    for email in (ann.email, "nobody@example.com", "lost@example.com"):
        checked.clear()
        with counted(valkey) as commands:
            body = {"email": email, "password": "a wrong password"}
            answer = APIClient().post("/api/v1/session", body, format="json")
        seen.add((answer.status_code, answer.content, tuple(commands), len(checked)))
    assert len(seen) == 1


def test_without_a_mail_server_the_answer_names_the_operator_and_signing_up_works(valkey, settings):
    settings.AIRA_MAIL, settings.AIRA_PUBLIC_URL = "none", "https://aira.example"
    assert "Ask its operator: https://aira.example." in forget("ann@example.com").json()["message"]
    settings.AIRA_MAIL_FROM = "help@aira.example"
    assert "Ask its operator: help@aira.example." in forget("ann@example.com").json()["message"]
    ann = sign_up("ann@example.com")
    assert ann.client.get("/api/v1/users/me").json()["emailState"] == "unproven"
    assert not valkey.client.exists("aira:mails")


@pytest.mark.parametrize("email", ["no email", "", 5])
def test_an_email_that_cannot_be_read_is_refused(valkey, email):
    assert forget(email).status_code == 400


def test_in_an_outage_a_link_cannot_be_asked_for(valkey):
    valkey.stop()
    assert forget("ann@example.com").status_code == 503


def test_if_redis_goes_away_after_an_account_was_made_the_answer_is_a_yes_without_a_mail(ann, valkey, monkeypatch):
    def away(*_, **__):
        raise RedisUnavailable("away")

    monkeypatch.setattr(asking, "take", away)
    body = {"email": "new@example.com", "password": PASSWORD}
    assert APIClient().post(SIGN_UP, body, format="json").status_code == 200
    change = {"email": "other@example.com", "password": PASSWORD}
    assert ann.client.put("/api/v1/users/me/email", change, format="json").status_code == 200
    assert delivered() == []
