import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts.access.callers import Caller
from accounts.credentials import oidc, tokens
from accounts.errors import ProviderUnavailable
from api.limits import Limit, TooManyRequests
from api.request_notes import noted_headers
from chat.limits import TooManyUnread, spend_chat, spend_unread
from redis_models.health.clock import now_ms
from tests.environment import SERVICE_KEY


def test_chat_permits_are_counted_for_each_user(valkey, frozen_limits, monkeypatch):
    monkeypatch.setattr("chat.limits.CHAT", Limit("small", permits=3, per_s=30))
    plain = APIRequestFactory().get("/")
    request = Request(plain)
    request.user = Caller(user_id="u1")
    for _ in range(3):
        spend_chat(request, user_id="u1")
    with pytest.raises(TooManyRequests):
        spend_chat(request, user_id="u1")
    spend_chat(request, user_id="u2")
    assert noted_headers(plain)["RateLimit"] == '"small";r=0;t=10', "nobody is told of another user"


SMALL = Limit("small", permits=3, per_s=30)


@pytest.fixture
def few(monkeypatch, frozen_limits):
    monkeypatch.setattr("chat.limits.UNREAD", SMALL)


def token_of(user_id):
    return tokens.access_token(tokens.new_session(user_id, at=now_ms()), at=now_ms())


def passed(*, text="", address="192.0.2.1", times=10):
    """Return how many of some requests with this credential, from this address, were passed on."""
    headers = {"HTTP_AUTHORIZATION": f"Bearer {text}"} if text else {}
    for number in range(times):
        try:
            spend_unread(Request(APIRequestFactory().post("/api/chat", REMOTE_ADDR=address, **headers)))
        except TooManyUnread:
            return number
    return times


def test_messages_of_unknown_callers_are_counted_by_address_without_the_store(valkey, few):
    valkey.stop()
    assert (passed(), passed(), passed(address="192.0.2.2")) == (3, 0, 3)


def test_whoever_has_no_signature_is_counted_by_address_whatever_credential_it_sends(few):
    assert passed(text="aira_sk_1", times=1) + passed(text="a.b.c", times=1) + passed(text=token_of("u1")[:-1]) == 3


def test_users_who_signed_in_are_counted_apart_from_their_address(few):
    assert (passed(), passed(text=token_of("u1")), passed(text=token_of("u2"))) == (3, 3, 3)
    assert passed(text=token_of("u1"), address="192.0.2.9") == 0


def test_service_keys_and_trusted_mode_speak_for_many_users(few, settings):
    assert passed(text=SERVICE_KEY) == 10
    settings.AIRA_AUTH = "trusted"
    assert passed() == 10


def test_a_token_whose_key_is_not_known_yet_is_counted_by_address(few, monkeypatch):
    def unknown(_):
        raise ProviderUnavailable

    monkeypatch.setattr(oidc, "signed_subject", unknown)
    assert passed(text="e30.e30.e30") == 3
    assert passed() == 0
