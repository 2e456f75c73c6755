"""Links are signed, and end by themselves."""

import pytest

from accounts.mail.links import (
    HOUR_MS,
    Link,
    LinkRefused,
    Purpose,
    address_of,
    digest_of,
    email_with,
    link_from,
    new_link,
)

AT = 1_795_423_341_000
EMAIL = "ann@example.com"


@pytest.mark.parametrize(("purpose", "hours"), [(Purpose.PROOF, 24), (Purpose.PASSWORD, 1), (Purpose.CONFIRMATION, 1)])
def test_a_link_is_valid_until_its_time_has_passed(purpose, hours):
    link = new_link(purpose, user_id="u1", email=EMAIL, at=AT)
    assert link_from(link.text, at=AT + hours * HOUR_MS) == link
    assert (link.user_id, link.digest) == ("u1", digest_of(EMAIL))
    with pytest.raises(LinkRefused, match="expired"):
        link_from(link.text, at=AT + hours * HOUR_MS + 1)


def test_a_link_that_was_changed_is_refused():
    link = new_link(Purpose.PROOF, user_id="u1", email=EMAIL, at=AT)
    forged = Link(Purpose.PASSWORD, "u1", link.digest, link.until_ms, link.id).text.partition(":")[0]
    signature = link.text.partition(":")[2]
    for text in ("", "x", f"{forged}:{signature}", link.text[:-1], f"{link.text}x", "ü:ü"):
        with pytest.raises(LinkRefused, match="not complete"):
            link_from(text, at=AT)


def test_a_link_signed_with_another_key_is_refused_unless_that_key_is_a_fallback(settings):
    link = new_link(Purpose.PROOF, user_id="u1", email=EMAIL, at=AT)
    text, settings.SECRET_KEY, old = link.text, "another key for tests, long enough", settings.SECRET_KEY
    with pytest.raises(LinkRefused):
        link_from(text, at=AT)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert link_from(text, at=AT) == link


def test_two_links_for_the_same_email_differ_and_none_holds_it():
    one, other = (new_link(Purpose.PROOF, user_id="u1", email=EMAIL, at=AT) for _ in range(2))
    assert one.id != other.id
    assert "example" not in one.text


def test_the_address_begins_with_the_configured_one(settings):
    link = new_link(Purpose.PROOF, user_id="u1", email=EMAIL, at=AT)
    assert address_of(link) == f"http://127.0.0.1:8000/links/{link.text}"
    for host, shown in (("0.0.0.0", "localhost"), ("::1", "[::1]")):
        settings.AIRA_HOST = host
        assert address_of(link) == f"http://{shown}:8000/links/{link.text}"
    settings.AIRA_PUBLIC_URL = "https://aira.example"
    assert address_of(link) == f"https://aira.example/links/{link.text}"


def test_a_stored_email_is_found_by_its_digest_however_an_older_server_wrote_it():
    assert email_with(digest_of(EMAIL), "b@example.com", " Ann@Example.com") == EMAIL
    assert email_with(digest_of(EMAIL), "b@example.com", "") == ""
