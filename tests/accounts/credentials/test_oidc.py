"""Tokens of another identity provider, whose keys a real server on a loopback port publishes."""

import base64
import hmac
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rest_framework.test import APIClient

from accounts.credentials import jwks, oidc
from accounts.errors import ProviderUnavailable, Refused
from redis_models.health.clock import now_ms
from redis_models.schema.identifiers import valid_id
from tests.accounts.credentials.providers import Hanging, Provider
from tests.support.people import TEXT, client_with
from tests.support.waiting import wait_until

AUDIENCE = "authenticated"
SECRET = "a secret of the provider, which is longer than the 64 bytes that SHA-512 asks for"
MESSAGE = {"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}


@pytest.fixture(scope="module")
def keys():
    return {"rsa": rsa.generate_private_key(65537, 2048), "ec": ec.generate_private_key(ec.SECP256R1())}


@pytest.fixture
def provider(settings, keys, valkey, monkeypatch):
    provider = Provider()
    provider.publish(k1=keys["rsa"], k2=keys["ec"])
    settings.AIRA_OIDC_ISSUER = provider.issuer
    settings.AIRA_OIDC_AUDIENCE = AUDIENCE
    settings.AIRA_JWT_SECRET = SECRET
    monkeypatch.setattr(jwks, "RETRY_INTERVAL_S", 0.0)
    yield provider
    provider.stop()


def claims(provider, **changed):
    now_s = now_ms() // 1000
    found = {"sub": "u1", "iss": provider.issuer, "aud": AUDIENCE, "exp": now_s + 600, "iat": now_s} | changed
    return {name: value for name, value in found.items() if value is not None}


def token(provider, *, key=SECRET, algorithm="HS256", kid=None, **changed):
    headers = {"kid": kid} if kid else {}
    return jwt.encode(claims(provider, **changed), key, algorithm=algorithm, headers=headers)


def status_with(text):
    return client_with(text).get("/api/dashboard").status_code


def test_tokens_signed_with_the_secret_or_either_kind_of_published_key_are_accepted(provider, keys, valkey):
    good = [
        token(provider),
        token(provider, key=keys["rsa"], algorithm="RS256", kid="k1"),
        token(provider, key=keys["ec"], algorithm="ES256", kid="k2"),
    ]
    assert [status_with(each) for each in good] == [200] * 3
    assert valkey.client.exists("user:u1:stats")
    assert provider.asked == [jwks.DISCOVERY, "/keys"], "the keys are read once"


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "others"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"aud": None},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "a" * 256},
        {"sub": "ä"},
        {"sub": 5},
        {"nbf": 9_999_999_999},
        {"key": "another secret, which is longer than the 64 bytes that SHA-512 asks for, too"},
        {"algorithm": "HS512"},
    ],
)
def test_a_token_with_a_wrong_claim_key_or_algorithm_is_refused(provider, changed):
    assert status_with(token(provider, **changed)) == 401


def test_a_key_of_one_kind_is_not_accepted_as_the_other(provider, keys):
    public = keys["rsa"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body, _ = token(provider, kid="k1").split(".")
    mark = base64.urlsafe_b64encode(hmac.digest(public, f"{head}.{body}".encode(), "sha256")).decode().rstrip("=")
    assert status_with(f"{head}.{body}.{mark}") == 401
    unsigned = jwt.encode(claims(provider), None, algorithm="none")
    assert status_with(unsigned) == 401
    assert status_with(token(provider, key=keys["rsa"], algorithm="RS256", kid="k2")) == 401


def test_a_provider_cannot_issue_tokens_in_our_name(provider):
    assert status_with(token(provider, iss="aira", aud="aira-access")) == 401


def test_without_a_configured_provider_its_tokens_are_refused(settings, valkey, provider, keys):
    settings.AIRA_OIDC_ISSUER = settings.AIRA_JWT_SECRET = ""
    assert status_with(token(provider)) == 401
    assert status_with(token(provider, key=keys["rsa"], algorithm="RS256", kid="k1")) == 401
    assert status_with("a.b.c") == 401


@pytest.mark.parametrize(
    "subject", ["-x7Qk_3", "a:b", "auth0|5f/7", "x=", "Zm9v+/==", "_", "a b", "~" * 255, f"sub_{'0' * 64}", "u" * 129]
)
def test_any_subject_that_the_standard_allows_is_a_user(provider, valkey, subject):
    client = client_with(token(provider, sub=subject))
    body = {"messages": [MESSAGE], "userId": subject}
    assert client.post("/api/chat/save", body, format="json").status_code == 200
    me = client.get("/api/dashboard").json()["data"]
    assert me["conversations"] == 1
    assert client.get("/api/dashboard", {"userId": "u2"}).status_code == 404
    user_id = oidc.user_id_of(subject)
    assert {key.split(":")[1] for key in valkey.data_keys() if key.startswith("user:")} == {user_id}
    assert client.get("/api/dashboard", {"userId": user_id}).status_code == 200


def test_no_two_subjects_are_one_user():
    named = oidc.user_id_of("a:b")
    assert valid_id(named) == named
    assert len({oidc.user_id_of(each) for each in ("a:b", named, "a/b", "a b", "a.b", oidc.user_id_of(named))}) == 6


@pytest.mark.parametrize("email", ["no email", "a@", 5, ["a@example.com"], "a" * 300 + "@example.com", "a\u0301" * 60])
def test_an_email_that_cannot_be_read_is_ignored(provider, email):
    assert oidc.identity_of(token(provider, email=email)).email == ""
    assert status_with(token(provider, email=email)) == 200


@pytest.mark.parametrize(
    ("algorithm", "status"), [("RS256", 200), ("RS384", 200), ("RS512", 200), ("PS256", 200), ("PS512", 200)]
)
def test_a_key_without_an_algorithm_may_be_used_with_those_of_its_type(provider, keys, algorithm, status):
    provider.publish(are_named=False, k1=keys["rsa"])
    assert status_with(token(provider, key=keys["rsa"], algorithm=algorithm, kid="k1")) == status
    provider.publish(k3=keys["rsa"])
    named = 200 if algorithm == "RS256" else 401
    assert status_with(token(provider, key=keys["rsa"], algorithm=algorithm, kid="k3")) == named


@pytest.mark.parametrize("curve", [ec.SECP384R1, ec.SECP521R1])
def test_the_curve_of_a_key_decides_its_algorithm(provider, curve):
    key = ec.generate_private_key(curve())
    algorithm = {"secp384r1": "ES384", "secp521r1": "ES512"}[curve.name]
    provider.publish(are_named=False, k3=key)
    assert status_with(token(provider, key=key, algorithm=algorithm, kid="k3")) == 200


def test_a_token_without_a_key_id_is_tried_with_the_keys_that_fit(provider, keys):
    other = rsa.generate_private_key(65537, 2048)
    provider.publish(k0=other, k1=keys["rsa"], k2=keys["ec"])
    assert status_with(token(provider, key=keys["rsa"], algorithm="RS256")) == 200
    assert status_with(token(provider, key=keys["ec"], algorithm="ES256")) == 200
    stranger = rsa.generate_private_key(65537, 2048)
    assert status_with(token(provider, key=stranger, algorithm="RS256")) == 401
    assert status_with(token(provider, key=keys["rsa"], algorithm="RS256", exp=1)) == 401


@pytest.mark.parametrize("algorithm", [5, None, ["RS256"], {}])
def test_an_algorithm_that_is_no_text_is_refused(provider, algorithm):
    _, body, mark = token(provider).split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()).decode().rstrip("=")
    assert status_with(f"{head}.{body}.{mark}") == 401


def test_a_new_key_is_found_and_a_withdrawn_one_is_refused(provider, keys):
    assert status_with(token(provider, key=keys["rsa"], algorithm="RS256", kid="k1")) == 200
    provider.publish(k3=keys["ec"])
    assert status_with(token(provider, key=keys["ec"], algorithm="ES256", kid="k3")) == 200
    assert status_with(token(provider, key=keys["rsa"], algorithm="RS256", kid="k1")) == 401


def test_while_the_provider_is_away_its_last_keys_are_used(provider, keys, monkeypatch):
    good = token(provider, key=keys["rsa"], algorithm="RS256", kid="k1")
    assert status_with(good) == 200
    provider.documents.clear()
    monkeypatch.setattr(jwks.key_ring(), "due_s", 0.0)
    assert status_with(good) == 200
    assert status_with(token(provider, key=keys["rsa"], algorithm="RS256", kid="k9")) == 401


@pytest.mark.parametrize("address", ["http://evil.example/keys", None])
def test_a_token_is_503_if_the_keys_of_its_provider_were_never_read(provider, keys, address):
    provider.documents[jwks.DISCOVERY] = {} if address is None else {"jwks_uri": address}
    response = client_with(token(provider, key=keys["rsa"], algorithm="RS256", kid="k1")).get("/api/dashboard")
    assert (response.status_code, response["Retry-After"]) == (503, "5")


def test_unknown_key_ids_do_not_cause_a_request_each_time(provider, keys, monkeypatch):
    monkeypatch.setattr(jwks, "RETRY_INTERVAL_S", 60.0)
    for number in range(5):
        status_with(token(provider, key=keys["rsa"], algorithm="RS256", kid=f"x{number}"))
    assert len(provider.asked) == 2


def is_known(text):
    try:
        return bool(oidc.signed_subject(text))
    except ProviderUnavailable:
        return False


def test_the_subject_of_a_signed_token_is_known_without_waiting_for_the_provider(provider, keys):
    good = [
        token(provider),
        token(provider, exp=1),
        token(provider, key=keys["rsa"], algorithm="RS256", kid="k1"),
        token(provider, key=keys["rsa"], algorithm="RS256", kid="k1", exp=1),
    ]
    with pytest.raises(ProviderUnavailable):
        oidc.signed_subject(good[2])
    wait_until(lambda: is_known(good[2]))
    assert len(provider.asked) == 2
    assert [oidc.signed_subject(each) for each in good] == ["u1"] * 4


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "others"},
        {"iss": "https://evil.example"},
        {"sub": None},
        {"key": "another" * 9},
        {"algorithm": "HS512"},
    ],
)
def test_a_token_without_a_signature_has_no_subject(provider, changed):
    with pytest.raises(Refused):
        oidc.signed_subject(token(provider, **changed))


def test_a_key_that_the_provider_does_not_publish_is_refused_without_asking_each_time(provider, keys, monkeypatch):
    status_with(token(provider, key=keys["rsa"], algorithm="RS256", kid="k1"))
    monkeypatch.setattr(jwks, "RETRY_INTERVAL_S", 60.0)
    for number in range(5):
        with pytest.raises(Refused):
            oidc.signed_subject(token(provider, key=keys["rsa"], algorithm="RS256", kid=f"x{number}"))
    assert len(provider.asked) == 2


def test_while_a_thread_reads_the_keys_nobody_waits_and_no_other_thread_asks(provider, keys):
    unknown = token(provider, key=keys["rsa"], algorithm="RS256", kid="k1")
    hanging = Hanging(provider)
    assert not any(is_known(unknown) for _ in range(5))
    hanging.release()
    wait_until(lambda: is_known(unknown))
    assert len(provider.asked) == 2


def test_supabases_cookie_is_the_session_of_an_unmodified_web_client(provider):
    session = base64.urlsafe_b64encode(json.dumps({"access_token": token(provider)}).encode()).decode()
    cookie = {"Cookie": f"sb-ref-auth-token=base64-{session}"}
    client = APIClient(headers=cookie | {"Origin": "http://testserver"})
    assert client.post("/api/chat/save", {"messages": [MESSAGE], "userId": "u1"}, format="json").status_code == 200
    assert client.get("/api/dashboard?userId=u2").status_code == 404
    assert APIClient(headers=cookie).post("/api/chat/save", {"messages": [MESSAGE]}, format="json").status_code == 403


def test_only_the_email_in_the_token_can_be_registered(provider):
    client = client_with(token(provider, email="Ann@Example.com", email_verified=True))
    path = "/api/auth/register-oauth-user"
    assert client.post(path, {"email": "ben@example.com"}, format="json").status_code == 403
    assert client.post(path, {"email": "ann@example.com", "userId": "u1"}, format="json").status_code == 200
    assert (
        client.post("/api/auth/register-user", {"email": "ann@example.com"}, format="json").json()["user"]["id"] == "u1"
    )


@pytest.mark.parametrize("said", [False, "false", 0, 1, 1.0, "True", [True], None, {}])
def test_an_email_that_the_provider_does_not_vouch_for_is_ignored(provider, service, settings, said):
    text = token(provider, email="ann@example.com", **({} if said == {} else {"email_verified": said}))
    settings.AIRA_OIDC_EMAILS = "verified" if said is False else "unverified"
    client, body = client_with(text), {"email": "ann@example.com"}
    assert client.post("/api/auth/register-oauth-user", body, format="json").status_code == 200
    assert service.get("/api/user/plan?email=ann@example.com").json()["found"] is False
    taken = {"userId": "ben", "email": "ann@example.com"}
    assert service.post("/api/auth/register-user", taken, format="json").status_code == 200
    assert client.get("/api/v1/users/me").json()["emailState"] == "lost"


@pytest.mark.parametrize("said", [{"email_verified": True}, {"email_verified": "true"}, {}])
def test_an_email_that_the_provider_vouches_for_is_found(provider, service, settings, said):
    settings.AIRA_OIDC_EMAILS = "unverified" if said else "verified"
    client = client_with(token(provider, email="ann@example.com", **said))
    assert client.post("/api/auth/register-oauth-user", {"email": "ann@example.com"}, format="json").status_code == 200
    assert service.get("/api/user/plan?email=ann@example.com").json()["found"] is True


@pytest.mark.parametrize("email", ["no email", 5, "x" * 300])
def test_an_email_that_cannot_be_read_and_the_metadata_of_a_user_are_ignored(provider, email):
    metadata = {"email": "ben@example.com", "email_verified": True}
    text = token(provider, email=email, email_verified=True, user_metadata=metadata)
    client = client_with(text)
    assert client.post("/api/auth/register-oauth-user", {"email": "ann@example.com"}, format="json").status_code == 200
    assert client.get("/api/v1/users/me").json()["emailState"] == "unproven"
