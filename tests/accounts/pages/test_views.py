"""The pages of links, and the page for a forgotten password: without scripts, styles or other sites."""

import re

import pytest
from django.test import Client

from accounts.mail.links import Purpose, new_link
from redis_models.health.clock import now_ms
from tests.support.mail.pages import delivered, submitted

EMAIL = "ann@example.com"
NEW = "another staple entirely"


@pytest.fixture
def path(ann):
    """The path of a new link of Ann's."""

    def of(purpose, **changed):
        given = {"user_id": ann.id, "email": EMAIL, "at": now_ms()} | changed
        return f"/links/{new_link(purpose, **given).text}"

    return of


@pytest.mark.parametrize(
    ("purpose", "button"),
    [(Purpose.PROOF, "Confirm"), (Purpose.PASSWORD, "Set the password"), (Purpose.CONFIRMATION, "Confirm")],
)
def test_a_page_has_one_button_and_nothing_that_its_policy_forbids(path, purpose, button):
    page = Client().get(path(purpose))
    text = page.content.decode()
    assert page.status_code == 200
    assert re.findall(r"<button[^>]*>([^<]*)<", text) == [button]
    assert not re.search(r"<script|<style| style=|https?://(?!127\.0\.0\.1)|action=", text)
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "Ask the operator of this site: http://127.0.0.1:8000" in text


def test_a_link_that_is_changed_or_too_old_is_gone(path):
    old = path(Purpose.PROOF, at=now_ms() - 25 * 3_600_000)
    for wrong in (old, "/links/x", f"{path(Purpose.PROOF)}x"):
        for page in (Client().get(wrong), submitted(wrong)):
            assert page.status_code == 410
            assert "Ask for a new one." in page.content.decode() or "ask for a new one." in page.content.decode()
            assert "<button" not in page.content.decode()


@pytest.mark.parametrize("changed", [{"user_id": "nobody"}, {"email": "other@example.com"}])
def test_a_link_for_another_email_than_the_accounts_does_nothing(path, changed):
    for purpose in Purpose:
        page = submitted(path(purpose, **changed), password=NEW)
        assert (page.status_code, "does not have any more" in page.content.decode()) == (410, True)


@pytest.mark.parametrize("password", ["", "short", "1234567890123", f"e{'́' * 31}", "x" * 257])
def test_a_password_that_is_refused_can_be_chosen_again(path, password):
    link = path(Purpose.PASSWORD)
    page = submitted(link, password=password)
    assert (page.status_code, "<button" in page.content.decode()) == (400, True)
    assert submitted(link, password=NEW).status_code == 200
    assert submitted(link, password=NEW).status_code == 410


def test_an_email_that_somebody_else_has_proven_stays_theirs(path, ann, service):
    assert submitted(path(Purpose.PROOF)).status_code == 200
    wanted = path(Purpose.PROOF, user_id="ben")
    service.post("/api/auth/register-user", {"userId": "ben", "email": "ben@example.com"}, format="json")
    service.post("/api/v1/users/me/email/link?userId=ben", {"email": EMAIL}, format="json")
    page = submitted(wanted)
    assert (page.status_code, "belongs to another account" in page.content.decode()) == (409, True)


def test_in_an_outage_a_page_is_shown_and_says_that_its_button_does_not_work_yet(path, valkey):
    links = [path(purpose) for purpose in Purpose]
    valkey.stop()
    for link in (*links, "/forgotten"):
        assert Client().get(link).status_code == 200
        page = submitted(link, password=NEW, email=EMAIL)
        assert (page.status_code, "<button" in page.content.decode()) == (503, True)


def test_the_page_for_a_forgotten_password_sends_a_link_and_reveals_nothing(ann):
    pages = [submitted("/forgotten", email=email) for email in (EMAIL, "nobody@example.com")]
    assert pages[0].status_code == pages[1].status_code == 200
    assert pages[0].content == pages[1].content
    assert [message.to for message in delivered()] == [[EMAIL]]
    assert submitted("/forgotten", email="no email").status_code == 400


def test_without_a_mail_server_the_page_names_the_operator(client, settings):
    settings.AIRA_MAIL, settings.AIRA_MAIL_FROM = "none", "help@aira.example"
    page = client.get("/forgotten").content.decode()
    assert "This site sends no mails. Ask its operator: help@aira.example." in page
    assert "<button" not in page
