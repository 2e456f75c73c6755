from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest

from accounts.credentials import jwks
from accounts.credentials.jwks import KeyRing
from accounts.errors import ProviderUnavailable
from tests.accounts.credentials.providers import Hanging, Provider, ec_key
from tests.support.waiting import PATIENCE_S, deadline, wait_until


@pytest.fixture
def provider(monkeypatch):
    monkeypatch.setattr(jwks, "RETRY_INTERVAL_S", 0.0)
    provider = Provider()
    provider.publish(k1=ec_key())
    yield provider
    if provider.answer:
        provider.answer.release()
    provider.stop()


@pytest.fixture
def ring(provider):
    return KeyRing(provider.issuer)


def outcome(ring, key_id, *, waits=True):
    try:
        return [key.id for key in ring.keys(key_id, "ES256", waits=waits)]
    except ProviderUnavailable:
        return "unavailable"
    except jwt.InvalidKeyError:
        return "unknown"


def test_a_known_key_is_never_waited_for(provider, ring, monkeypatch):
    monkeypatch.setattr(jwks, "WAIT_S", PATIENCE_S)
    assert outcome(ring, "k1") == ["k1"]
    hanging = Hanging(provider)
    provider.publish(k2=ec_key())
    ring.due_s = 0.0
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(lambda: [outcome(ring, "k1") for _ in range(50)])
        try:
            assert asked.result(deadline(promised_s=1)) == [["k1"]] * 50
        finally:
            hanging.release()
    wait_until(lambda: outcome(ring, "k2") == ["k2"])
    assert len(provider.asked) == 4, "they are read once, behind the requests"


def test_of_many_requests_with_an_unknown_key_a_few_wait_for_one_reading(provider, ring, monkeypatch):
    monkeypatch.setattr(jwks, "WAIT_S", PATIENCE_S)
    hanging = Hanging(provider)
    with ThreadPoolExecutor(70) as pool:
        asked = [pool.submit(outcome, ring, "k1") for _ in range(70)]
        try:
            wait_until(lambda: sum(each.done() for each in asked) == 70 - jwks.WAITING_AT_MOST)
            assert provider.asked == [jwks.DISCOVERY]
        finally:
            hanging.release()
        answers = [each.result() for each in asked]
    assert answers.count("unavailable") == 70 - jwks.WAITING_AT_MOST
    assert answers.count(["k1"]) == jwks.WAITING_AT_MOST
    assert len(provider.asked) == 2


def test_a_request_waits_for_a_moment_only(provider, ring, monkeypatch):
    monkeypatch.setattr(jwks, "WAIT_S", 0.05)
    Hanging(provider)
    assert [outcome(ring, "k1") for _ in range(3)] == ["unavailable"] * 3
    assert provider.asked == [jwks.DISCOVERY]


def test_a_key_that_may_come_is_unavailable_and_one_that_did_not_is_unknown(provider, ring, monkeypatch):
    assert outcome(ring, "k2") == "unknown"
    monkeypatch.setattr(jwks, "WAIT_S", 0.05)
    hanging = Hanging(provider)
    assert outcome(ring, "k2") == "unavailable"
    hanging.release()
    wait_until(lambda: outcome(ring, "k2") == "unknown")


def test_who_does_not_wait_is_told_at_once_what_is_known_and_a_thread_reads_the_rest(provider, ring):
    hanging = Hanging(provider)
    assert [outcome(ring, "k1", waits=False) for _ in range(5)] == ["unavailable"] * 5
    hanging.release()
    wait_until(lambda: outcome(ring, "k1", waits=False) == ["k1"])
    assert len(provider.asked) == 2


def test_a_provider_that_failed_is_asked_again_after_a_while(provider, ring, monkeypatch):
    monkeypatch.setattr(jwks, "RETRY_INTERVAL_S", 60.0)
    document = provider.documents.pop(jwks.DISCOVERY)
    assert [outcome(ring, "k1") for _ in range(3)] == ["unavailable"] * 3
    assert provider.asked == [jwks.DISCOVERY]
    provider.documents[jwks.DISCOVERY] = document
    monkeypatch.setattr(jwks, "RETRY_INTERVAL_S", 0.0)
    assert outcome(ring, "k1") == ["k1"]


@pytest.mark.parametrize("place", [None, 5, "http://evil.example/keys", "file:///etc/passwd"])
def test_only_an_https_address_is_read(provider, ring, place):
    provider.documents[jwks.DISCOVERY] = {"jwks_uri": place}
    assert outcome(ring, "k1") == "unavailable"
    assert provider.asked == [jwks.DISCOVERY]
