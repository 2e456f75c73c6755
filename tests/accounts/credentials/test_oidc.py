"""Tokens of another identity provider, whose keys a real server on a loopback port publishes."""

import base64
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rest_framework.test import APIClient

from accounts.credentials import jwks
from redis_models.health.clock import now_ms
from tests.support.people import TEXT, client_with

AUDIENCE = "authenticated"
SECRET = "a secret of the provider, which is longer than the 64 bytes that SHA-512 asks for"
MESSAGE = {"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}


class Provider:
    """A server that publishes the given keys."""

    def __init__(self):
        self.documents = {}
        self.asked = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.asked.append(self.path)
                found = provider.documents.get(self.path)
                self.send_response(200 if found is not None else 404)
                self.end_headers()
                self.wfile.write(b"" if found is None else json.dumps(found).encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.keys = {}
        self.documents[jwks.DISCOVERY] = {"jwks_uri": f"{self.issuer}/keys"}

    def publish(self, **keys):
        self.keys = keys
        algorithms = jwt.algorithms.get_default_algorithms()
        published = []
        for kid, key in keys.items():
            name = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
            document = json.loads(algorithms[name].to_jwk(key.public_key()))
            published.append(document | {"kid": kid, "alg": name, "use": "sig"})
        self.documents["/keys"] = {"keys": published}

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


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
        {"sub": "a b"},
        {"sub": 5},
        {"email": "no email"},
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


def test_a_reader_does_not_wait_while_another_one_fetches_the_keys(provider, keys):
    status_with(token(provider, key=keys["rsa"], algorithm="RS256", kid="k1"))
    ring = jwks.key_ring()
    ring.due_s = 0.0
    with ring.turn:
        assert ring.key("k1")


def test_supabases_cookie_is_the_session_of_an_unmodified_web_client(provider):
    session = base64.urlsafe_b64encode(json.dumps({"access_token": token(provider)}).encode()).decode()
    cookie = {"Cookie": f"sb-ref-auth-token=base64-{session}"}
    client = APIClient(headers=cookie | {"Origin": "http://testserver"})
    assert client.post("/api/chat/save", {"messages": [MESSAGE], "userId": "u1"}, format="json").status_code == 200
    assert client.get("/api/dashboard?userId=u2").status_code == 404
    assert APIClient(headers=cookie).post("/api/chat/save", {"messages": [MESSAGE]}, format="json").status_code == 403


def test_only_the_email_in_the_token_can_be_registered(provider):
    client = client_with(token(provider, email="Ann@Example.com"))
    path = "/api/auth/register-oauth-user"
    assert client.post(path, {"email": "ben@example.com"}, format="json").status_code == 403
    assert client.post(path, {"email": "ann@example.com", "userId": "u1"}, format="json").status_code == 200
    assert (
        client.post("/api/auth/register-user", {"email": "ann@example.com"}, format="json").json()["user"]["id"] == "u1"
    )
