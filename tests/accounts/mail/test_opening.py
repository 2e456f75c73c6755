"""Opening a link: what the pages do, without a page."""

import pytest

from accounts import writes
from accounts.credentials import sessions
from accounts.mail import opening
from accounts.mail.links import LinkRefused, Purpose, new_link
from accounts.services import register_user
from redis_models.health.clock import now_ms
from redis_models.operations.claims import Origin
from redis_models.writer import submit
from tests.support.people import PASSWORD

EMAIL = "ann@example.com"
NEW = "another staple entirely"


@pytest.fixture
def link(ann):
    return new_link(Purpose.PASSWORD, user_id=ann.id, email=EMAIL, at=now_ms())


def test_of_two_uses_of_a_link_at_once_one_counts(ann, link):
    """Both requests have found the link unused before the first one uses it."""
    at = now_ms()
    use = {"user_id": ann.id, "link_id": link.id}
    assert submit(writes.link_use(**use, encoded="argon2$a", at=at)).outcome == "applied"
    assert submit(writes.link_use(**use, encoded="argon2$a", at=at)).outcome == "duplicate"
    second = submit(writes.link_use(**use, encoded="argon2$b", at=at + 1))
    assert (second.outcome, second.reply) == ("gone", ("used",))


def test_a_link_that_is_used_between_the_question_and_the_use_is_refused(ann, link, monkeypatch):
    opening.set_password(link, NEW)
    monkeypatch.setattr(opening, "is_link_used", lambda **_: False)
    with pytest.raises(LinkRefused, match="used before"):
        opening.set_password(link, "a third staple here")
    assert sessions.sign_in(email=EMAIL, password=NEW)


def test_a_new_password_is_set_although_somebody_else_has_proven_the_email_since(ann, link):
    register_user(user_id="ben", email=EMAIL, origin=Origin.PROVIDER)
    opening.set_password(link, NEW)
    assert sessions.sign_in(email=EMAIL, password=NEW).session.user_id == ann.id
    with pytest.raises(sessions.Refused):
        sessions.sign_in(email=EMAIL, password=PASSWORD)


def test_uses_are_kept_for_longer_than_a_link_lives(ann, link, valkey):
    opening.set_password(link, NEW)
    assert valkey.client.hexists(f"user:{ann.id}:links", link.id)
    assert 24 * 3600 < valkey.client.ttl(f"user:{ann.id}:links") <= 48 * 3600
