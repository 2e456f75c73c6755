import pytest
from rest_framework.test import APIClient

from api.limits import Limit
from tests.support.people import PASSWORD

SMALL = Limit("small", permits=3, per_s=30)


@pytest.fixture
def small(monkeypatch, frozen_limits):
    def make(name):
        monkeypatch.setattr(f"accounts.limits.{name}", SMALL)

    return make


def post(path, body):
    return APIClient().post(path, body, format="json")


@pytest.mark.parametrize("name", ["SIGN_IN_OF_ADDRESS", "SIGN_IN_OF_EMAIL"])
def test_sign_in_attempts_are_limited_even_with_the_right_password(ann, small, name):
    small(name)
    wrong = {"email": ann.email, "password": "wrong password"}
    right = {"email": ann.email.upper(), "password": PASSWORD}
    assert [post("/api/v1/session", wrong).status_code for _ in range(3)] == [401] * 3
    refused = post("/api/v1/session", right)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert (refused["Retry-After"], refused["RateLimit"]) == ("10", '"small";r=0;t=10')
    assert refused["RateLimit-Policy"] == '"small";q=3;w=30'


def test_sign_in_attempts_are_limited_per_process_while_redis_is_away(ann, small, valkey):
    small("SIGN_IN_OF_ADDRESS")
    valkey.stop()
    statuses = [post("/api/v1/session", {"email": ann.email, "password": PASSWORD}).status_code for _ in range(4)]
    assert statuses == [503] * 3 + [429]


def test_signing_up_is_limited(valkey, small):
    small("SIGN_UP")
    bodies = [{"email": f"a{n}@example.com", "password": PASSWORD} for n in range(4)]
    assert [post("/api/v1/session/sign-up", body).status_code for body in bodies] == [200] * 3 + [429]
    assert len(valkey.client.keys("email:*:userId")) == 3


def test_registering_is_limited_and_the_old_api_keeps_its_shape(ann, valkey, small):
    small("REGISTER")
    body = {"email": ann.email}
    responses = [ann.client.post("/api/auth/register-user", body, format="json") for _ in range(4)]
    assert [response.status_code for response in responses] == [200] * 3 + [429]
    assert responses[3].json() == {"error": "Too many requests. Please try again later."}
    assert responses[0]["RateLimit"].startswith('"small";r=2')
