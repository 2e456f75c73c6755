"""Authorization: the status of every route of the URLconf for every kind of caller.

New routes are included automatically. They need a rule, and an object in `OBJECTS` for each parameter of their path.
"""

import re
from dataclasses import dataclass

import pytest
from rest_framework.test import APIClient

from accounts import writes
from accounts.access.rules import Rule
from accounts.credentials import sessions, tokens
from accounts.privacy.receipts import Erasing, ErasureReceipt
from chat.models import Message
from chat.services import save_conversation
from chat.writes import reply_end
from dashboard.services import add_mood, update_mood_score
from redis_models.background import unfinished
from redis_models.health import clock
from redis_models.testing import fresh_host
from redis_models.writer import submit
from tests.environment import SERVICE_KEY
from tests.support.people import PASSWORD, TEXT, client_with, sign_up
from tests.support.routes import routes

CALLERS = ("anonymous", "owner", "other", "expired", "revoked", "service")
ALLOWED = "allowed"
BY_RULE = {
    Rule.ANYBODY: dict.fromkeys(CALLERS, ALLOWED),
    Rule.CALLER: dict.fromkeys(CALLERS, ALLOWED) | {"anonymous": 401, "expired": 401, "revoked": 401},
    Rule.OWNER: {
        "anonymous": 401, "owner": ALLOWED, "other": 404, "expired": 401, "revoked": 401, "service": ALLOWED,
    },
    Rule.SERVICE: dict.fromkeys(CALLERS, 403) | {"anonymous": 401, "expired": 401, "revoked": 401, "service": ALLOWED},
}  # fmt: skip
BESIDES_ITS_RULE = {
    # Users may not change their own plan.
    ("PATCH /api/plan", "owner"): 403,
    # Changing a password requires the old one, and so does confirming a session, which a service key does not have.
    ("PUT /api/v1/users/me/password", "service"): 403,
    ("POST /api/v1/session/confirm", "service"): 403,
    # Users who signed in here confirm with their password.
    ("POST /api/v1/session/confirm/link", "owner"): 403,
    ("POST /api/v1/session/confirm/link", "service"): 403,
    # Only help is given without a credential.
    **{
        ("POST /api/v1/conversations/{conversation_id}/replies", caller): 401
        for caller in ("anonymous", "expired", "revoked")
    },
    ("POST /api/v1/conversations/{conversation_id}/replies", "other"): 404,
    # These need a refresh token, whoever calls.
    **{("POST /api/v1/session/refresh", caller): 401 for caller in CALLERS},
    **{("POST /api/v1/session/sign-out", caller): 401 for caller in CALLERS},
}
BODIES = {"PATCH /api/plan": {"plan": "plus"}}
TOKEN = "t" * 32
SESSION_ID = "5" * 32
OBJECTS = {"conversation_id": "c1", "mood_id": "m1", "reply_id": "1", "session_id": SESSION_ID, "token": TOKEN}
ROUTES = sorted(routes(), key=str)


@dataclass
class Callers:
    """An owner who has a conversation, a reply and a mood, and a client for each kind of caller."""

    owner_id: str
    clients: dict[str, APIClient]


def callers():
    owner, other = sign_up("owner@example.com"), sign_up("other@example.com")
    message = Message("1", "user", TEXT, "2026-11-23T08:00:00.000Z")
    save_conversation(user_id=owner.id, messages=[message], title="Hers", conversation_id="c1")
    update_mood_score(user_id=owner.id, score=7, mood_id="c1")
    reply = Message("c1", "assistant", "hi", "2026-11-23T08:00:01.000Z", replyTo="1")
    submit(reply_end(user_id=owner.id, conversation_id="c1", message=reply, at=clock.now_ms()))
    add_mood(user_id=owner.id, score=5, mood_id="m1")
    begun = unfinished.Unfinished("user_who_was_erased", clock.now_ms(), 0)
    receipt = ErasureReceipt(Erasing(unfinished.digest_of(TOKEN), begun)).public_text
    submit(unfinished.note(unfinished.digest_of(TOKEN), begun, receipt=receipt))
    submit(writes.session_open(user_id=owner.id, session_id=SESSION_ID, digest="ab", at=clock.now_ms()))
    ended = sessions.sign_in(email=owner.email, password=PASSWORD)
    sessions.sign_out(ended.session)
    expired = tokens.access_token(owner.signed_in.session, at=clock.now_ms() - 3_600_000)
    clients = {
        "anonymous": APIClient(raise_request_exception=False),
        "owner": owner.client,
        "other": other.client,
        "expired": client_with(expired),
        "revoked": client_with(ended.access_token),
        "service": client_with(SERVICE_KEY),
    }
    return Callers(owner.id, clients)


def path_of(route, owner_id):
    path = re.sub(r"{(\w+)}", lambda found: OBJECTS[found[1]], route.path)
    return f"{path}?userId={owner_id}"


def status_for(route, caller, people):
    method = getattr(people.clients[caller], route.method.lower())
    body = () if route.method in ("GET", "DELETE") else (BODIES.get(str(route), {}),)
    return method(path_of(route, people.owner_id), *body, **({"format": "json"} if body else {})).status_code


def fits(status, expected):
    return status not in (401, 403, 404) and status < 500 if expected == ALLOWED else status == expected


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_route_names_a_rule(route):
    assert route.rule in list(Rule), f"{route} has no rule in {route.view.__name__}.rules"
    assert all(name in OBJECTS for name in re.findall(r"{(\w+)}", route.path))


def test_every_route_answers_every_kind_of_caller_by_its_rule(valkey, capsys, settings):
    settings.AIRA_JOURNAL = "memory"  # so that each cell's host has a journal of its own, without what others revoked
    lines = [f"{'':44}" + "".join(f"{caller:>11}" for caller in CALLERS)]
    wrong = []
    people = callers()
    kept = {key: (valkey.client.dump(key), max(0, valkey.client.pttl(key))) for key in valkey.client.keys("*")}
    for route in ROUTES:
        cells = []
        for caller in CALLERS:
            valkey.client.flushdb()
            for key, (value, ttl_ms) in kept.items():
                valkey.client.restore(key, ttl_ms, value)
            with fresh_host():
                status = status_for(route, caller, people)
            expected = BESIDES_ITS_RULE.get((str(route), caller), BY_RULE[route.rule][caller])
            cells.append(f"{status:>11}")
            if not fits(status, expected):
                wrong.append(f"{route} for {caller}: {status} instead of {expected}")
        lines.append(f"{route!s:44}" + "".join(cells))
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201
        print(f"{len(ROUTES) * len(CALLERS)} cells")  # noqa: T201
    assert wrong == []


def test_a_user_id_in_the_body_or_a_header_is_checked_like_one_in_the_query(valkey):
    people = callers()
    for route in (route for route in ROUTES if route.rule == Rule.OWNER):
        path = path_of(route, people.owner_id).partition("?")[0]
        method = getattr(people.clients["other"], route.method.lower())
        assert method(path, headers={"x-user-id": people.owner_id}).status_code == 404, route
        if route.method not in ("GET", "DELETE") and route.action != "import_document":
            assert method(path, {"userId": people.owner_id}, format="json").status_code == 404, route


PAIRS_OF_PLACES = [("query", "body"), ("query", "header"), ("body", "header"), ("query", "query")]


def naming(client, route, first, second, places):
    """Send the request with two user ids in two places; return the response."""
    path = path_of(route, "").partition("?")[0]
    named = list(zip(places, (first, second), strict=True))
    query = "&".join(f"userId={user_id}" for place, user_id in named if place == "query")
    headers, in_body = ({"x-user-id": dict(named)["header"]} if "header" in places else {}), {}
    if "body" in places:
        in_body["userId"] = dict(named)["body"]
    body = {"data": BODIES.get(str(route), {}) | in_body, "format": "json"}
    given = {} if route.method in ("GET", "DELETE") else body
    return getattr(client, route.method.lower())(f"{path}?{query}", headers=headers, **given)


def by_owner(*, with_body):
    """Return the routes about a user; with_body: only those whose body names one."""
    found = [route for route in ROUTES if route.rule == Rule.OWNER and route.action != "import_document"]
    return [route for route in found if not with_body or route.method not in ("GET", "DELETE")]


@pytest.mark.parametrize("places", PAIRS_OF_PLACES, ids=str)
@pytest.mark.parametrize("caller", ["owner", "other", "service"])
def test_two_different_names_are_refused_whoever_asks_and_wherever_they_are(valkey, caller, places):
    """Table of cases, I7."""
    people = callers()
    for route in by_owner(with_body="body" in places):
        for first, second in ((people.owner_id, "b"), ("b", people.owner_id), ("b", "c")):
            answer = naming(people.clients[caller], route, first, second, places)
            assert (answer.status_code, b"two different users" in answer.content) == (400, True), route


@pytest.mark.parametrize("places", PAIRS_OF_PLACES, ids=str)
def test_one_name_twice_and_empty_names_are_no_second_name(valkey, places):
    people = callers()
    for route in by_owner(with_body="body" in places):
        for first, second in ((people.owner_id, people.owner_id), (people.owner_id, ""), ("", people.owner_id)):
            assert naming(people.clients["other"], route, first, second, places).status_code == 404, route
            assert b"two different users" not in naming(people.clients["owner"], route, first, second, places).content


def test_two_different_names_are_refused_in_trusted_mode_and_nothing_is_changed(valkey, trusted):
    for places in PAIRS_OF_PLACES:
        for route in by_owner(with_body="body" in places):
            assert naming(trusted, route, "a", "b", places).status_code == 400, route
    assert valkey.data_keys() == []


def test_an_object_of_another_user_is_not_found_by_its_id(valkey):
    people = callers()
    own = people.clients["other"].get("/api/chat/save?chatId=c1")
    assert (own.status_code, own.json()) == (404, {"error": "Chat not found"})
    for route in (route for route in ROUTES if "{" in route.path and route.rule != Rule.ANYBODY):
        path = path_of(route, people.owner_id).partition("?")[0]
        assert getattr(people.clients["other"], route.method.lower())(path).status_code in (400, 404), route
