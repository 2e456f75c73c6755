import threading

import pytest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from api.errors import RequestInFlight, RequestKeyReused, WrongFields
from api.idempotency import RequestKey, new_chat_id, new_id, once
from api.requests.parsers import StrictJSONParser
from redis_models.errors import Invalid
from redis_models.health import clock
from redis_models.health.clock import now_ms
from tests.support.waiting import PATIENCE_S, joined


def post(body=None, *, key="k1", path="/api/v1/things"):
    headers = {} if key is None else {"Idempotency-Key": key}
    plain = APIRequestFactory().post(path, body or {"a": 1}, format="json", headers=headers)
    return Request(plain, parsers=[StrictJSONParser()])


class Answers:
    """Counts how often it is called."""

    def __init__(self, **fields):
        self.times = 0
        self.fields = fields

    def __call__(self):
        self.times += 1
        headers = {"ETag": '"1"', "X-Other": "x"}
        return Response({"times": self.times} | self.fields, status=201, headers=headers)


@pytest.fixture(params=["healthy", "away"])
def redis(request, valkey):
    """Run the test with Redis and without; a client must see the same."""
    if request.param == "away":
        valkey.stop()


def ask(answers, user_id="u1", **request):
    return once(post(**request), user_id=user_id, answer=answers)


def test_the_same_request_has_the_same_answer(redis):
    answers = Answers()
    first, second = ask(answers), ask(answers)
    assert answers.times == 1
    assert (second.data, second.status_code, second["ETag"]) == (first.data, 201, '"1"')
    assert (second["Idempotency-Replayed"], "X-Other" in second) == ("true", False)
    assert "Idempotency-Replayed" not in first


def test_another_body_or_place_under_the_same_key_is_refused(redis):
    answers = Answers()
    ask(answers)
    for other in ({"body": {"a": 2}}, {"path": "/api/v1/others"}):
        with pytest.raises(RequestKeyReused):
            ask(answers, **other)
    assert answers.times == 1


def test_requests_with_another_key_another_user_or_no_key_are_different_requests(redis):
    answers = Answers()
    for request in ({}, {"key": "k2"}, {"user_id": "u2"}, {"key": None}, {"key": None}):
        ask(answers, **request)
    assert answers.times == 5


def test_a_repeated_request_is_refused_while_the_first_is_in_flight(redis):
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        begun.set()
        go_on.wait(PATIENCE_S)
        return Response({})

    thread = threading.Thread(target=ask, args=(slow,))
    thread.start()
    assert begun.wait(PATIENCE_S)
    with pytest.raises(RequestInFlight):
        ask(Answers())
    go_on.set()
    joined(thread)
    assert ask(Answers()).data == {}


def test_an_error_is_not_kept(redis):
    def failing():
        raise Invalid("x")

    with pytest.raises(Invalid):
        ask(failing)
    answers = Answers()
    with pytest.raises(Invalid):
        ask(failing)
    ask(lambda: Response({}, status=409))
    ask(answers)
    assert answers.times == 1


def test_a_large_answer_is_not_kept(redis):
    answers = Answers(text="x" * 65 * 1024)
    ask(answers)
    ask(answers)
    assert answers.times == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_an_invalid_key_is_refused(key):
    with pytest.raises(WrongFields):
        ask(Answers(), key=key)


def test_a_request_that_never_ended_can_be_repeated_after_a_minute(valkey, monkeypatch):
    from api import idempotency

    def crash():
        raise SystemExit

    monkeypatch.setattr(idempotency.Turn, "give_up", lambda _: None)
    with pytest.raises(SystemExit):
        ask(crash)
    with pytest.raises(RequestInFlight):
        ask(Answers())
    later = now_ms() + 60_000
    for module in (idempotency, clock):
        monkeypatch.setattr(module, "now_ms", lambda: later)
    assert ask(Answers()).data == {"times": 1}


def test_an_answer_is_kept_for_a_day_under_a_digest_of_its_key(valkey, monkeypatch):
    from api import idempotency

    ask(Answers(), key="canary")
    assert set(valkey.keys()) == {"user:u1:requests", "user:u1:request_times"}
    assert 86_000_000 < valkey.client.pttl("user:u1:requests") <= 86_400_000
    assert "canary" not in str(valkey.client.hgetall("user:u1:requests"))
    valkey.client.zadd("user:u1:request_times", {RequestKey("canary").digest: now_ms() - 86_400_001})
    ask(Answers(), key="k2")
    assert {name.partition(":")[0] for name in valkey.client.hkeys("user:u1:requests")} == {RequestKey("k2").digest}
    assert idempotency.new_id("u1", None, prefix="thing") != idempotency.new_id("u1", None, prefix="thing")


def test_each_script_can_be_applied_twice(valkey):
    from api import writes
    from redis_models.writer import submit

    begin = writes.request_begin(user_id="u1", digest="d", token="t", body_digest="b", at=now_ms())
    end = writes.request_end(user_id="u1", digest="d", token="t", answer="{}", at=now_ms())
    assert [submit(begin).outcome, submit(begin).outcome] == ["applied", "applied"]
    assert [submit(end).outcome, submit(end).outcome] == ["applied", "applied"]
    assert submit(begin).reply == ("{}",)


def test_no_answer_is_kept_for_an_erased_user(valkey):
    valkey.client.set("user:u1:erased", now_ms() + 1000)
    ask(Answers())
    assert valkey.data_keys() == ["user:u1:erased"]


def test_an_erasure_removes_kept_answers(valkey):
    from accounts.privacy.erasure import erase

    ask(Answers())
    erase(user_id="u1")
    assert valkey.data_keys() == ["user:u1:erased"]


def test_ids_depend_on_user_key_and_kind():
    ids = {new_id(user, RequestKey(key), prefix=kind) for user in "ab" for key in "cd" for kind in "ef"}
    assert len(ids) == 8
    assert new_id("a", RequestKey("c"), prefix="e") in ids


@pytest.mark.parametrize(
    ("user_id", "key", "chat_id", "derived"),
    [
        ("u1", "k1", "chat_9361788521720_8q6xy5r87", "conv_51mqk68bcaiv22ntj0nr"),
        ("ann", "ü 2", "chat_8805616168745_z45gz2m7j", "conv_tpocg97pu8ly3ua4hb6m"),
    ],
)
def test_the_ids_of_a_key_are_the_same_in_every_release(user_id, key, chat_id, derived):
    assert new_chat_id(user_id, RequestKey(key, body_digest="d"), at=5) == chat_id
    assert new_id(user_id, RequestKey(key), prefix="conv") == derived
