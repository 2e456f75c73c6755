"""Attacks: ids made to reach other keys, guessing who has an account, and many registrations at once."""

import json
import random
import secrets
import socket
from collections import Counter
from contextlib import ExitStack

import pytest
from rest_framework.test import APIClient

from accounts.credentials.passwords import Argon2
from api.limits import Limit
from tests.support.commands import watched
from tests.support.people import TEXT, sign_up
from tests.support.waiting import PATIENCE_S, deadline, wait_until

PARTS = (
    "u1", ":", "user:", "*", "?", "[a]", "{", "}", "\n", "\r\n", "\x00", " ", "..", "/", "%00", "\\", "'", '"', "ü",
    "\u202e", "DEL x", "erased", "profile", "email:", "aira:", "\U0001f600", "-", "+", "@", "|", "$(x)", "]]", "--",
)  # fmt: skip
OWN = ("user:", "email:")
MESSAGE = {"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}


@pytest.fixture
def unlimited(monkeypatch):
    for name in ("SIGN_IN_OF_ADDRESS", "SIGN_IN_OF_EMAIL", "SIGN_UP", "REGISTER"):
        monkeypatch.setattr(f"accounts.limits.{name}", Limit("raised", permits=10**6, per_s=60))


def hostile_ids():
    chance = random.Random(1)
    return ["".join(chance.choices(PARTS, k=chance.randint(1, 4))) for _ in range(5000)]


def test_none_of_five_thousand_hostile_ids_reaches_a_key_of_another_id(valkey, service, unlimited):
    statuses, allowed = set(), set()
    for number, user_id in enumerate(hostile_ids()):
        match number % 3:
            case 0:
                response = service.get("/api/dashboard", {"userId": user_id})
            case 1:
                body = {"userId": user_id, "email": f"a{number}@example.com"}
                response = service.post("/api/auth/register-user", body, format="json")
            case _:
                body = {"userId": "u1", "chatId": user_id, "messages": [MESSAGE]}
                response = service.post("/api/chat/save", body, format="json")
        statuses.add(response.status_code)
        if response.status_code == 200:
            allowed.add("u1" if number % 3 == 2 else user_id)
    assert statuses == {200, 400, 409}, "409: the id has another email already"
    users = {key.split(":")[1] for key in valkey.data_keys() if key.startswith("user:")}
    assert users <= allowed | {"u1"}
    assert [key for key in valkey.data_keys() if not key.startswith(OWN)] == []


@pytest.fixture
def hashes(monkeypatch):
    """Collect the computations of password hashes: "verify" or "encode"."""
    computed = []
    for name in ("verify", "encode"):
        real = getattr(Argon2, name)
        monkeypatch.setattr(Argon2, name, lambda *args, real=real, name=name: computed.append(name) or real(*args))
    return computed


@pytest.fixture
def work_of(valkey, hashes, unlimited):
    """Post to a path under /api/v1/session; return what the client sees, and the work that the server did."""

    def post(path, **body):
        for key in valkey.client.keys("limit:*"):
            valkey.client.delete(key)
        hashes.clear()
        with watched(valkey) as seen:
            client = APIClient(SERVER_NAME="localhost")
            response = client.post(f"/api/v1/session{path}", body, format="json")
        shown = {name: text for name, text in response.headers.items() if name != "X-Request-ID"}
        return (response.status_code, response.content, shown), (tuple(hashes), tuple(seen.sent))

    return post


@pytest.mark.parametrize(("path", "status", "count"), [("", 401, 2), ("/sign-up", 200, 1)])
def test_the_work_for_an_email_does_not_reveal_whether_it_has_an_account(work_of, path, status, count):
    known = sign_up("ann@example.com").email
    for _ in range(2):  # the first time loads the scripts
        of_known = work_of(path, email=known, password="not the password")
        of_unknown = work_of(path, email=f"nobody{secrets.token_hex(4)}@example.com", password="not the password")
    assert of_known == of_unknown
    (shown_status, _, _), (computed, _) = of_known
    assert (shown_status, len(computed)) == (status, count)


def register_at_once(site, count):
    """Send `count` registrations of one email at once, on connections opened before; return the statuses."""
    address = (site.client.base_url.host, site.client.base_url.port)
    with ExitStack() as opened:
        connections = [
            opened.enter_context(socket.create_connection(address, timeout=PATIENCE_S)) for _ in range(count)
        ]
        for number, connection in enumerate(connections):
            connection.sendall(registration_of(f"u{number}"))
        return [int(connection.recv(4096).split()[1]) for connection in connections]


def registration_of(user_id):
    body = json.dumps({"userId": user_id, "email": "ann@example.com"}).encode()
    head = "POST /api/auth/register-user HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
    return f"{head}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize("is_away", [False, True])
def test_a_thousand_parallel_registrations_of_one_email_make_one_account(serve, valkey, status, is_away):
    # The 64 threads of a worker share the cores, so there is no bound for how long the last one waits.
    site = serve(
        workers=2, application="tests.flows.served.patient:application", AIRA_AUTH="trusted", AIRA_REQUEST_BUDGET_S=""
    )
    if is_away:
        valkey.stop()
        site.wait_until_away()
    told = Counter(register_at_once(site, 1000))
    assert (told[200], told[409] + told[503]) == (1, 999)  # 503: another registration is in flight, try again
    if is_away:
        valkey.start()
        wait_until(lambda: status().pending == 0, at_most_s=deadline(promised_s=2))
        assert status().dead_letters == 0
    owner = valkey.client.get("email:ann@example.com:userId")
    assert valkey.client.keys("user:*:profile") == [f"user:{owner}:profile"]
