"""A body is JSON whatever its Content-Type says: the contract's clients never had to name one."""

import json

import pytest
from django.test import Client

from tests.support.people import TEXT

MESSAGE = {"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}
TYPES = [
    "application/json",
    "application/json; charset=utf-8",
    "application/json; charset=utf-16",
    "text/plain;charset=UTF-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/octet-stream",
    "application/problem+json",
    "",
    "json",
    "nonsense; charset",
    'a/b/c; x="',
    "text/plain; charset=no-such-charset",
    "application/x-www-form-urlencoded; charset=no-such-charset",
    "\u00fc/\u00fc",
]


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/chat/save", {"userId": "u1", "messages": [MESSAGE]}),
        ("PATCH", "/api/mood", {"userId": "u1", "score": 5}),
        ("POST", "/api/v1/moods?userId=u1", {"score": 5}),
        ("POST", "/api/auth/register-user", {"userId": "u1", "email": "u1@example.com"}),
    ],
)
def test_every_content_type_is_json(valkey, settings, content_type, method, path, body):
    settings.AIRA_AUTH = "trusted"
    given = json.dumps(body).encode()
    answer = Client().generic(method, path, given, content_type=content_type.encode().decode("latin-1"))
    assert answer.status_code in (200, 201), answer.content


@pytest.mark.parametrize("content_type", TYPES)
def test_what_is_no_json_is_400_with_every_content_type(valkey, settings, content_type):
    settings.AIRA_AUTH = "trusted"
    given = b"userId=u1&score=5"
    answer = Client().generic("PATCH", "/api/mood", given, content_type=content_type.encode().decode("latin-1"))
    assert (answer.status_code, answer.json()) == (400, {"error": "Invalid JSON"})
    answer = Client().generic("POST", "/api/chat/save", given, content_type=content_type.encode().decode("latin-1"))
    assert (answer.status_code, answer.json()) == (400, {"error": "Invalid JSON"})
