"""One password, however a keyboard types its accents."""

import unicodedata

import pytest
from django.contrib.auth.hashers import make_password

from accounts import writes
from accounts.credentials import passwords, sessions
from accounts.errors import Refused
from accounts.selectors import credential_of
from redis_models.errors import RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.writer import submit
from tests.support.people import sign_up

EMAIL = "ann@example.com"
TYPED = "caf\u00e9 \u1e69 battery"
"""ṩ has three forms: one character, s with two marks in canonical order, and s with them as somebody may type them."""
NFC, NFD = (unicodedata.normalize(form, TYPED) for form in ("NFC", "NFD"))
OTHER = NFD.replace("s\u0323\u0307", "s\u0307\u0323")
AGAINST = 2
"""A wrong password is compared with that of the email's owner, and that of somebody who lost the email."""
FORMS = {"NFC": NFC, "NFD": NFD, "another order of marks": OTHER}


@pytest.fixture
def ann(valkey):
    return sign_up(EMAIL)


def set_as(person, form):
    """Store the hash of exactly this form, as releases up to 0.1.0 did."""
    submit(writes.password_change(user_id=person.id, encoded=make_password(form), at=now_ms()))


def sign_in(form, email=EMAIL):
    return sessions.sign_in(email=email, password=form)


def test_the_forms_of_this_password_differ():
    assert len(set(FORMS.values())) == 3


@pytest.mark.parametrize("new", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("typed", FORMS.values(), ids=FORMS)
def test_a_password_is_the_same_in_any_form(ann, new, typed):
    sessions.sign_up(email="ben@example.com", password=new)
    assert sign_in(typed, "ben@example.com")
    with pytest.raises(Refused):
        sign_in(typed.replace("\u00e9", "e").replace("e\u0301", "e"), "ben@example.com")


@pytest.mark.parametrize(("stored", "typed"), [(NFD, NFD), (NFD, NFC), (OTHER, OTHER), (NFC, NFD)])
def test_a_password_of_an_earlier_release_is_found_and_renewed_as_nfc(ann, stored, typed):
    set_as(ann, stored)
    before = credential_of(ann.id)
    sign_in(typed)
    now = credential_of(ann.id)
    assert (now != before) is (stored != NFC)
    assert passwords.renewed(NFC, now.encoded) is None
    for form in FORMS.values():
        assert sign_in(form)
    assert credential_of(ann.id) == now, "it is renewed once"


def test_a_password_without_accents_is_checked_in_one_form_and_never_renewed(ann, monkeypatch):
    checked = []
    real = passwords.check_password
    monkeypatch.setattr(passwords, "check_password", lambda form, stored: checked.append(form) or real(form, stored))
    for email in (EMAIL, "nobody@example.com"):
        with pytest.raises(Refused):
            sign_in("wrong staple", email)
    assert checked == ["wrong staple"] * AGAINST * 2


def test_a_wrong_password_costs_the_same_for_an_unknown_email(ann, monkeypatch):
    checked = []
    real = passwords.check_password
    monkeypatch.setattr(passwords, "check_password", lambda form, stored: checked.append(form) or real(form, stored))
    for email in (EMAIL, "nobody@example.com"):
        checked.append(email)
        with pytest.raises(Refused):
            sign_in(OTHER, email)
    each = [NFC, OTHER, NFD] * AGAINST
    assert checked == [EMAIL, *each, "nobody@example.com", *each]


def test_a_renewal_undoes_no_change_of_the_password_whichever_runs_first(ann):
    set_as(ann, NFD)
    known = credential_of(ann.id)
    renewal = writes.password_renewal(user_id=ann.id, encoded=make_password(NFC), known=known)
    change = writes.password_change(user_id=ann.id, encoded=make_password("another staple"), at=known.at + 2)
    for order in ((change, renewal), (renewal, change, renewal)):
        for write in order:
            submit(write)
        assert credential_of(ann.id).encoded == change.args[0]


def test_the_current_password_is_the_same_in_any_form(ann):
    set_as(ann, NFD)
    client = ann.client
    body = {"email": "new@example.com", "password": NFC}
    assert client.put("/api/v1/users/me/email", body, format="json").status_code == 200
    changed = client.put(
        "/api/v1/users/me/password", {"currentPassword": OTHER, "newPassword": "new " + NFD}, format="json"
    )
    assert changed.status_code == 200
    assert passwords.renewed("new " + NFC, credential_of(ann.id).encoded) is None


def test_a_renewal_that_fails_lets_the_user_in(ann, monkeypatch):
    set_as(ann, NFD)
    before = credential_of(ann.id)

    def refuse(**_):
        raise RedisUnavailable("away")

    monkeypatch.setattr(writes, "password_renewal", refuse)
    assert sign_in(NFD)
    assert credential_of(ann.id) == before


def test_a_credential_is_shown_without_its_hash(ann):
    assert "argon2" not in repr(credential_of(ann.id))
