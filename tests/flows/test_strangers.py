"""What strangers try: ids that are meant to reach other keys, guessing who has an account, and everybody at once."""

import json
import random
import socket
from collections import Counter
from contextlib import ExitStack

import pytest

from api.limits import Limit
from tests.flows.guessing import MEDIANS_APART_MS, RAISED, medians_ms
from tests.people import TEXT, sign_up

PAIRS = 100
"""In `make soak` 1 000: ONLY=guessing."""
PARTS = (
    "u1", ":", "user:", "*", "?", "[a]", "{", "}", "\n", "\r\n", "\x00", " ", "..", "/", "%00", "\\", "'", '"', "ü",
    "\u202e", "DEL x", "erased", "profile", "email:", "aira:", "\U0001f600", "-", "+", "@", "|", "$(x)", "]]", "--",
)  # fmt: skip
OWN = ("user:", "email:")
MESSAGE = {"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}


@pytest.fixture
def unlimited(monkeypatch):
    for name in (*RAISED, "REGISTER"):
        monkeypatch.setattr(f"accounts.limits.{name}", Limit("raised", permits=10**6, per_s=60))


def hostile_ids():
    chance = random.Random(1)
    return ["".join(chance.choices(PARTS, k=chance.randint(1, 4))) for _ in range(5000)]


def test_of_five_thousand_hostile_ids_none_reaches_a_key_that_is_not_its_own(valkey, service, unlimited):
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
    assert statuses == {200, 400, 409}, "409: an id that has another email by now"
    users = {key.split(":")[1] for key in valkey.data_keys() if key.startswith("user:")}
    assert users <= allowed | {"u1"}
    assert [key for key in valkey.data_keys() if not key.startswith(OWN)] == []


def test_the_time_of_a_refusal_does_not_tell_who_has_an_account(valkey, unlimited):
    known, unknown = medians_ms(sign_up("ann@example.com").email, pairs=PAIRS)
    assert abs(known - unknown) < MEDIANS_APART_MS


def register_at_once(site, count):
    """Send requests to register one email in one go, each on a connection that is open already; return the statuses."""
    address = (site.client.base_url.host, site.client.base_url.port)
    with ExitStack() as opened:
        connections = [opened.enter_context(socket.create_connection(address, timeout=60)) for _ in range(count)]
        for number, connection in enumerate(connections):
            connection.sendall(registration_of(f"u{number}"))
        return [int(connection.recv(4096).split()[1]) for connection in connections]


def registration_of(user_id):
    body = json.dumps({"userId": user_id, "email": "ann@example.com"}).encode()
    head = "POST /api/auth/register-user HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
    return f"{head}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize("is_away", [False, True])
def test_of_a_thousand_registrations_of_one_email_at_once_one_is_an_account(serve, valkey, status, is_away):
    # 64 threads of a worker share two cores: the last of them may wait longer than the usual budget of 2.5 s.
    site = serve(workers=2, AIRA_AUTH="trusted", AIRA_REQUEST_BUDGET_S="20")
    if is_away:
        valkey.stop()
        site.wait_for(lambda: site.client.get("/ready").json()["status"] == "degraded", seconds=5)
    told = Counter(register_at_once(site, 1000))
    assert (told[200], told[409] + told[503]) == (1, 999)  # 503: another one is under way, try again
    if is_away:
        valkey.start()
        site.wait_for(lambda: status().pending == 0, seconds=10)
        assert status().set_aside == 0
    owner = valkey.client.get("email:ann@example.com:userId")
    assert valkey.client.keys("user:*:profile") == [f"user:{owner}:profile"]
