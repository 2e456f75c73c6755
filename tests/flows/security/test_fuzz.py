"""Requests that schemathesis generates from the OpenAPI document: no request may cause a server error.

`make test` sends 400 requests, `make fuzz` 20 000 (FUZZ_REQUESTS).
"""

import itertools
import os
from collections import Counter

import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from aira_site.http.bodies.wsgi import bounded_wsgi
from redis_models.health import registry
from tests.environment import SERVICE_KEY
from tests.support.people import sign_up

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "400"))
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
APART = {"/api/v1/docs", "/api/v1/openapi.json", "/api/v1/users/me/export"}
"""Routes whose answers are not JSON or are streamed."""
PAGES = {"/api/v1/docs", "/links/{token}", "/forgotten"}
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", bounded_wsgi(get_wsgi_application()))
USERS = st.sampled_from(["u1", "u2"])
HOSTILE = st.sampled_from(["u1", "user:u2:profile", "a b", "u1\n", "}{", "*", "\x00", "ü", "x" * 200, "u1:erased"])


def test_no_request_causes_a_server_error(valkey, monkeypatch, capsys):
    monkeypatch.setattr("api.limits.take", lambda limit, **_: _allowed(limit))
    ann, answers = SignedInUser(), Counter()
    credentials = {
        "user": lambda: {"Authorization": f"Bearer {ann.token}"},
        "service": lambda: {"Authorization": f"Bearer {SERVICE_KEY}", "X-User-Id": "u1"},
        "nobody": dict,
    }

    @settings(
        max_examples=REQUESTS,
        database=None,
        derandomize=REQUESTS <= 400,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema.as_strategy(), who=st.sampled_from(list(credentials)), user_id=USERS | HOSTILE)
    def ask(case, who, user_id):
        if "userId" in (case.query or {}):
            case.query["userId"] = user_id
        response = case.call(headers=credentials[who]())
        answers[response.status_code] += 1
        assert response.status_code < 500, (case.method, case.path, response.text)
        assert "html" not in str(response.headers["content-type"]) or case.path in PAGES
        if case.path.startswith("/api/v1/") and case.path not in APART:
            is_stream = "event-stream" in str(response.headers["content-type"])  # its schema is not of one event
            case.validate_response(response, checks=CHECKS[:-1] if is_stream else CHECKS)
        if who == "user" and response.status_code == 401:
            ann.sign_up_again_if_signed_out()

    ask()
    with capsys.disabled():
        print(f"\n{sum(answers.values())} requests: {dict(sorted(answers.items()))}")  # noqa: T201
    assert sum(answers.values()) >= REQUESTS
    assert {200, 400, 401} <= set(answers)
    assert registry.current().is_healthy
    foreign = [key for key in valkey.data_keys() if not key.startswith(("user:", "email:"))]
    assert foreign == []


class SignedInUser:
    """A signed-in user, who signs up again if a request ended the session or erased the user."""

    def __init__(self):
        self._numbers = itertools.count()
        self._person = self._signed_up()

    def _signed_up(self):
        return sign_up(f"ann{next(self._numbers)}@example.com")

    @property
    def token(self):
        return self._person.signed_in.access_token

    def sign_up_again_if_signed_out(self):
        if self._person.client.get("/api/v1/users/me").status_code == 401:
            self._person = self._signed_up()


def _allowed(limit):
    from api.limits import Standing

    return Standing(limit, is_allowed=True, left=limit.permits, wait_s=0, reset_s=0)
