"""The answers of chat, dashboard and the old API match the OpenAPI document, also in an outage.

Undeclared fields fail as well as missing ones and those of another type.
"""

import json
from copy import deepcopy

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from redis_models.background import housekeeping
from tests.chat.conftest import parsed
from tests.support.models import Plan
from tests.support.routes import routes

APART = ("/api/v1/session", "/api/v1/users", "/api/v1/erasures", "/api/v1/openapi.json", "/api/v1/docs")
ROUTES = {(route.method, route.path) for route in routes() if route.path.startswith("/api/v1/")}
WANTED = {(method, path) for method, path in ROUTES if not path.startswith(APART)}


def closed(schema):
    """Return the schema with `additionalProperties: false` in every object."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(each) for name, each in schema.items()}
    return found | ({"additionalProperties": False} if "properties" in schema else {})


class Checked:
    """Sends requests as u1 and validates each answer; `seen` are the routes with a successful answer."""

    def __init__(self, client):
        self._client = client
        self._document = client.get("/api/v1/openapi.json").json()
        self._components = closed(deepcopy(self._document["components"]))
        self.seen = set()

    def __call__(self, method, path, body=None, *, expected=(200, 201), **parts):
        given = {} if body is None else {"data": body, "format": "json"}
        url = path.format(**parts)
        response = getattr(self._client, method)(url, headers={"x-user-id": "u1"}, **given)
        assert response.status_code in expected, response.content
        content = response.getvalue().decode() if response.streaming else response.content.decode()
        self._check(method, path.split("?")[0], response, content)
        return content if response["Content-Type"] == "text/event-stream" else json.loads(content)

    def _check(self, method, path, response, content):
        answers = self._document["paths"][path][method]["responses"]
        assert str(response.status_code) in answers, (method, path, response.status_code)
        declared = answers[str(response.status_code)]["content"]
        assert response["Content-Type"] in declared, (method, path, response["Content-Type"])
        schema = closed(declared[response["Content-Type"]]["schema"]) | {"components": self._components}
        value = content if response["Content-Type"] == "text/event-stream" else json.loads(content)
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(value)
        if response.status_code < 300:
            self.seen.add((method.upper(), path))

    def holds(self, value, name):
        """Assert that the value matches a component of the document."""
        schema = {"$ref": f"#/components/schemas/{name}", "components": self._components}
        Draft202012Validator(schema).validate(value)


@pytest.fixture
def call(valkey, trusted):
    return Checked(trusted)


ONE, MESSAGES = "/api/v1/conversations/{conversation_id}", "/api/v1/conversations/{conversation_id}/messages"
REPLIES, REPLY = f"{ONE}/replies", f"{ONE}/replies/{{reply_id}}"
C1, R1 = {"conversation_id": "c1"}, {"conversation_id": "c1", "reply_id": "r1"}
MOOD = "/api/v1/moods/{mood_id}"


def call_every_route(call, *, expected=(200, 201)):
    """Call every route of /api/v1; return the stream of a reply."""
    call("post", "/api/v1/conversations", {"id": "c1", "title": "One", "tags": ["work"]}, expected=expected)
    said = {"role": "user", "content": "hello", "emotion": "sad"}
    call("post", MESSAGES, {"messages": [said]}, expected=expected, **C1)
    told = call("post", REPLIES, {"content": "I am tired", "replyId": "r1"}, **C1)
    call("get", REPLY, **R1)
    call("post", f"{REPLY}/stop", {}, **R1)
    call("post", REPLIES, {"content": "I want to die", "country": "de"}, **C1)
    call("patch", ONE, {"title": "Two", "archived": True}, expected=expected, **C1)
    for path in ("/api/v1/conversations", "/api/v1/conversations?archived=true", MESSAGES, ONE):
        call("get", path, **C1)
    for number in range(4):
        mood = {"id": f"m{number}", "score": 2.5 * number, "tags": ["walk"] if number % 2 else []}
        call("post", "/api/v1/moods", mood, expected=expected)
    call("patch", MOOD, {"note": "better"}, expected=expected, mood_id="m1")
    for path in ("/api/v1/moods?limit=2", MOOD, "/api/v1/moods/statistics", "/api/v1/dashboard", "/api/v1/streaks"):
        call("get", path, mood_id="m1")
    call("patch", "/api/v1/streaks", {"enabled": False}, expected=expected)
    for path in ("/api/v1/streaks", "/api/v1/usage", "/api/v1/plans", "/api/v1/helplines?country=de"):
        call("get", path)
    call("delete", MOOD, expected=expected, mood_id="m1")
    call("delete", ONE, expected=expected, **C1)
    return told


OTHERS = ("/api/v1/", "/links/", "/forgotten")
EXISTING = {(route.method, route.path) for route in routes() if not route.path.startswith(OTHERS)}


def call_every_route_of_the_old_api(call):
    """Call every route of the old API."""
    said = {"id": "1", "role": "user", "content": "hello", "timestamp": "2026-11-23T08:00:00.000Z", "emotion": "sad"}
    call("post", "/api/auth/register-user", {"email": "u1@example.com", "name": "Ann"})
    call("post", "/api/auth/register-oauth-user", {"email": "u1@example.com"})
    call("post", "/api/chat/save", {"chatId": "c1", "messages": [said]})
    for query in ("", "?chatId=c1", "?full=1"):
        call("get", f"/api/chat/save{query}")
    call("post", "/api/chat", {"messages": [said]})
    call("post", "/api/chat", {"messages": [said | {"content": "I want to die"}], "country": "de"})
    for score in (2, 5.5, 9):
        call("patch", "/api/mood", {"score": score, "note": "so so"})
    call("post", "/api/affirmations/track", {"affirmationText": "You may rest."})
    call("post", "/api/daily-goals", {"goalId": "track-mood"})
    call("patch", "/api/plan", {"plan": "Plus"})
    for path in ("mood", "mood-history", "mood-insights", "streaks", "affirmations", "daily-goals", "journey"):
        call("get", f"/api/{path}")
    for path in ("/api/dashboard", "/api/user/usage", "/api/user/plan?email=u1@example.com", "/live", "/ready"):
        call("get", path)
    call("delete", "/api/chat/save?chatId=c1")


def test_every_route_of_the_old_api_answers_as_declared(valkey, service):
    call = Checked(service)
    call_every_route_of_the_old_api(call)
    call("get", "/api/health/redis")
    assert call.seen == EXISTING


def test_every_route_of_the_old_api_answers_as_declared_in_an_outage(valkey, service):
    call = Checked(service)
    call("patch", "/api/mood", {"score": 5})
    housekeeping.housekeep_once()
    valkey.stop()
    call_every_route_of_the_old_api(call)
    call("get", "/api/health/redis", expected=(500,))
    assert call("get", "/api/dashboard")["stale"] is True


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("get", "/api/chat/save?chatId=none", None, 404),
        ("delete", "/api/chat/save", None, 400),
        ("patch", "/api/mood", {"score": 11}, 400),
        ("get", "/api/mood?days=0", None, 400),
        ("post", "/api/chat", {"messages": []}, 400),
    ],
)
def test_errors_of_the_old_api_are_declared(valkey, service, method, path, body, status):
    Checked(service).holds(Checked(service)(method, path, body, expected=(status,)), "ErrorOut")


def test_the_daily_limit_of_the_old_api_is_declared(valkey, service):
    call, said = Checked(service), {"messages": [{"role": "user", "content": "hello"}]}
    for _ in range(5):
        call("post", "/api/chat", said)
    call.holds(call("post", "/api/chat", said, expected=(429,)), "LimitAnswer")


def test_every_route_answers_as_declared(call):
    told = [parsed(block) for block in call_every_route(call).split("\n\n") if block]
    assert call.seen == WANTED
    call.holds(told[-1][1]["message"], "MessageOut")


def test_every_route_answers_as_declared_in_an_outage(call, valkey):
    call("post", "/api/v1/conversations", {"id": "old"})
    housekeeping.housekeep_once()
    valkey.stop()
    call_every_route(call, expected=(202,))
    assert call.seen == WANTED
    assert call("get", "/api/v1/dashboard")["stale"] is True


def test_the_answers_to_a_user_without_plan_and_data_are_declared(call):
    call("get", "/api/v1/moods/statistics")
    call("get", "/api/v1/streaks")
    call("get", "/api/v1/conversations")
    call("get", "/api/v1/dashboard")


def test_interrupted_and_failed_replies_are_declared(call, model):
    call("post", "/api/v1/conversations", {"id": "c1"})
    for number, plan in enumerate((Plan(drop_after=2), Plan(status=500))):
        model.plan = plan
        call("post", REPLIES, {"content": "hello", "replyId": f"r{number}"}, **C1)
    shown = call("get", MESSAGES, **C1)["replies"]
    assert [reply["state"] for reply in shown] == ["interrupted", "failed"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("get", ONE, None, 404),
        ("patch", ONE, {"plan": "premium"}, 400),
        ("post", "/api/v1/moods", {"score": 11}, 400),
        ("get", "/api/v1/moods/statistics?days=0", None, 400),
        ("post", REPLIES, {}, 400),
        ("post", REPLIES, {"content": "x"}, 404),
        ("get", REPLY, None, 404),
        ("post", MESSAGES, {"messages": []}, 400),
    ],
)
def test_errors_are_declared_problems(call, method, path, body, status):
    shown = call(method, path, body, expected=(status,), **R1)
    call.holds(shown, "ProblemOut")


def test_the_error_of_the_daily_limit_is_declared(call):
    call("post", "/api/v1/conversations", {"id": "c1"})
    for _ in range(5):
        call("post", REPLIES, {"content": "hello"}, **C1)
    assert call("post", REPLIES, {"content": "hello"}, expected=(429,), **C1)["code"] == "daily_limit"
