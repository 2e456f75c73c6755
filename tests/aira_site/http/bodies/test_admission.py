"""Who may send a large body in mode `required`."""

import asyncio

import pytest

from accounts.access import signatures
from accounts.credentials import revocation, service_keys, tokens
from accounts.credentials.cookies import ACCESS
from accounts.errors import ProviderUnavailable
from aira_site.http.bodies.admission import WITHOUT_CREDENTIAL_BYTES, Admission, require_admitted
from aira_site.http.bodies.limits import KEYS_UNKNOWN, BodyRefused, Head
from aira_site.http.bodies.memory import BodyMemory
from aira_site.http.bodies.reading import read_whole
from redis_models.health.clock import now_ms
from tests.environment import SERVICE_KEY

LARGE = WITHOUT_CREDENTIAL_BYTES + 1
PATH = "/api/chat/save"
DAY_MS = 24 * 60 * 60 * 1000


def token(*, age_ms=0, user_id="u1"):
    at = now_ms() - age_ms
    return tokens.access_token(tokens.new_session(user_id, at=at), at=at)


def status_of(text=None, *, size=LARGE, **fields):
    head = Head(PATH, str(size), authorization=f"Bearer {text}" if text else None, **fields)
    try:
        require_admitted(head, size)
    except BodyRefused as refused:
        return refused.problem.status
    return None


def test_64_kib_need_no_credential():
    assert (status_of(size=WITHOUT_CREDENTIAL_BYTES), status_of()) == (None, 401)


def test_a_signature_that_holds_is_enough_even_if_the_token_has_expired():
    assert status_of(token()) is None
    assert status_of(token(age_ms=DAY_MS)) is None
    assert status_of(SERVICE_KEY) is None
    assert status_of(cookie=f"theme=dark; {ACCESS}={token()}") is None


def changed(text):
    head, claims, signature = text.split(".")
    return ".".join([head, claims, signature[::-1]])


def test_a_credential_without_a_signature_is_none(valkey):
    refresh = tokens.first_refresh_token(tokens.new_session("u1", at=now_ms())).text
    for text in (changed(token()), refresh, "a.b.c", "aira_sk_unknown", " "):
        assert status_of(text) == 401, text
    assert status_of(cookie=f"{ACCESS}=x") == 401


def test_a_revoked_session_counts_as_none_even_if_its_token_has_expired(valkey):
    at = now_ms() - DAY_MS
    session = tokens.new_session("u1", at=at)
    text = tokens.access_token(session, at=at)
    assert status_of(text) is None
    revocation.hold_session("u1", session.id, at=now_ms())
    assert status_of(text) == 401


def test_a_service_key_that_is_not_known_yet_is_looked_for_and_a_revoked_one_is_refused(valkey):
    key, kept = service_keys.create(name="a front end")
    service_keys.forget()
    assert status_of(key) is None
    service_keys.revoke(key_id=kept.id)
    assert status_of(key) == 401


def test_in_trusted_mode_anybody_may_send(settings):
    settings.AIRA_AUTH = "trusted"
    assert status_of() is None


def test_a_token_whose_key_is_not_known_yet_is_asked_to_come_again(monkeypatch):
    def unknown(_):
        raise ProviderUnavailable

    monkeypatch.setattr(signatures.oidc, "signed_subject", unknown)
    with pytest.raises(BodyRefused) as refused:
        require_admitted(Head(PATH, None, authorization="Bearer e30.e30.e30"), LARGE)
    assert refused.value.problem == KEYS_UNKNOWN


def read(head, *sizes):
    """Return the status of the refusal, or None, and how many pieces were taken."""
    taken = 0

    async def pieces():
        nonlocal taken
        for size in sizes:
            taken += 1
            yield bytes(size)

    async def whole():
        try:
            body = await read_whole(pieces(), head, BodyMemory())
        except BodyRefused as refused:
            return refused.problem.status
        body.close()
        return None

    return asyncio.run(whole()), taken


def test_a_body_that_is_too_large_by_its_length_is_not_read():
    assert read(Head(PATH, str(LARGE)), 1000) == (401, 0)
    assert read(Head(PATH, str(LARGE), authorization=f"Bearer {SERVICE_KEY}"), 1000) == (None, 1)


def test_a_body_without_a_length_is_read_up_to_64_kib():
    assert read(Head(PATH, None), 30_000, 30_000, 30_000, 30_000) == (401, 3)
    key = Head(PATH, None, authorization=f"Bearer {SERVICE_KEY}")
    assert read(key, 30_000, 30_000, 30_000, 30_000) == (None, 4)


def test_a_credential_is_looked_at_once_for_each_body(monkeypatch):
    asked = []
    monkeypatch.setattr("aira_site.http.bodies.admission.require_signature", asked.append)

    async def ask():
        admission = Admission(Head(PATH, None, authorization="Bearer x"))
        for size in (1, LARGE, LARGE, 2 * LARGE):
            await admission.require(size)

    asyncio.run(ask())
    assert asked == ["x"]
