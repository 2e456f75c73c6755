"""What strangers try: ids that are meant to reach other keys, guessing who has an account, and everybody at once."""

import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from rest_framework.test import APIClient

from api.limits import Limit
from redis_models import health
from redis_models.drain import drain
from redis_models.journal import journal
from tests.people import sign_up

PAIRS = 100
PARTS = (
    "u1", ":", "user:", "*", "?", "[a]", "{", "}", "\n", "\r\n", "\x00", " ", "..", "/", "%00", "\\", "'", '"', "ü",
    "\u202e", "DEL x", "erased", "profile", "email:", "aira:", "\U0001f600", "-", "+", "@", "|", "$(x)", "]]", "--",
)  # fmt: skip
OWN = ("user:", "email:")
MESSAGE = {"id": "1", "role": "user", "content": "hello", "timestamp": "2026-11-23T08:00:00.000Z"}


@pytest.fixture
def unlimited(monkeypatch):
    for name in ("SIGN_IN_OF_ADDRESS", "SIGN_IN_OF_EMAIL", "REGISTER"):
        monkeypatch.setattr(f"accounts.limits.{name}", Limit("raised", permits=10**6, per_s=60))


def post(path, body):
    return APIClient().post(path, body, format="json")


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
    ann = sign_up("ann@example.com")

    def spent_s(email):
        begun = time.perf_counter()
        assert post("/api/v1/session", {"email": email, "password": "not the password"}).status_code == 401
        return time.perf_counter() - begun

    known, unknown = [], []
    for number in range(PAIRS):
        known.append(spent_s(ann.email))
        unknown.append(spent_s(f"nobody{number}@example.com"))
    assert abs(statistics.median(known) - statistics.median(unknown)) < 0.005


@pytest.mark.parametrize("is_away", [False, True])
def test_of_a_thousand_parallel_registrations_of_one_email_one_is_an_account(valkey, settings, unlimited, is_away):
    settings.AIRA_AUTH = "trusted"
    settings.AIRA_REQUEST_BUDGET_S = None
    if is_away:
        valkey.stop()
        health.probe_once()
        health.probe_once()

    def register(number):
        body = {"userId": f"u{number}", "email": "ann@example.com"}
        return post("/api/auth/register-user", body).status_code

    with ThreadPoolExecutor(32) as pool:
        statuses = list(pool.map(register, range(1000)))
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 409, 503}
    if is_away:
        valkey.start()
        health.probe_once()
        drain()
        assert journal().operating.status().set_aside == 0
    owner = valkey.client.get("email:ann@example.com:userId")
    assert valkey.client.keys("user:*:profile") == [f"user:{owner}:profile"]
