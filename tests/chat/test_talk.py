"""POST /api/chat: every error answer of the contract, help before anything else, and the built-in listener."""

import itertools
import json
import threading
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import pytest

from accounts.models import Plan
from accounts.services import change_plan
from api.limits import Limit
from chat.replies import companion, listener
from chat.usage import usage
from tests.support.models import Plan as ModelPlan
from tests.support.people import TEXT

HELLO = {"role": "user", "content": TEXT}
MARKS = "\u0323\u0301"


@pytest.fixture
def ask(trusted):
    """Send messages as u1."""

    def send(*messages, **fields):
        body = {"userId": "u1", "messages": list(messages or [HELLO])} | fields
        return trusted.post("/api/chat", body, format="json")

    return send


def used():
    return usage(user_id="u1")[0].used


def test_a_reply_comes_from_the_model_which_receives_the_instructions_and_the_messages(valkey, model, ask):
    said = [HELLO, {"role": "assistant", "content": "Hi."}, {"role": "user", "content": "I am tired"}]
    response = ask(*said)
    assert (response.status_code, response.json()) == (200, {"message": "I am here."})
    (request,) = model.requests
    assert request["key"] == "Bearer sk-for-tests-only"
    assert request["body"]["model"] == "test-model"
    assert request["body"]["messages"] == [{"role": "system", "content": companion.instructions()}, *said]
    assert used() == 1


@pytest.mark.parametrize(
    ("plan", "status", "text"),
    [
        (ModelPlan(status=401), 401, "Invalid API key"),
        (ModelPlan(status=403), 401, "Invalid API key"),
        (ModelPlan(status=429), 429, "Rate limit exceeded. Please try again later."),
        (ModelPlan(status=500), 503, "OpenAI service error. Please try again later."),
        (ModelPlan(status=503), 503, "OpenAI service error. Please try again later."),
        (ModelPlan(status=400), 503, "OpenAI service error. Please try again later."),
        (ModelPlan(pieces=[]), 500, "No response from AI"),
        (ModelPlan(pieces=["I", " am", " here"], drop_after=2), 500, "Failed to process message. Please try again."),
        (ModelPlan(raw="{not json"), 503, "OpenAI service error. Please try again later."),
        (ModelPlan(raw='{"choices": [5]}'), 503, "OpenAI service error. Please try again later."),
        (ModelPlan(raw='{"error": {"message": "overloaded"}}'), 503, "OpenAI service error. Please try again later."),
    ],
)  # fmt: skip
def test_each_failure_of_the_model_has_its_answer_and_the_message_is_not_counted(
    valkey, model, ask, plan, status, text
):
    model.plan = plan
    response = ask()
    found = response.json()
    assert (response.status_code, found["error"], "help" in found) == (status, text, status == 401)
    assert len(model.requests) == 1, "the model is asked only once"
    assert used() == 0


def test_a_model_that_is_too_slow_is_given_up(valkey, model, ask, settings):
    settings.AIRA_MODEL_TIMEOUT_S = 0.2
    model.plan = ModelPlan(gate=threading.Event())
    assert ask().json() == {"error": "Failed to process message. Please try again."}
    model.plan = ModelPlan(pieces=itertools.repeat("and on "))
    assert ask().status_code == 500, "a reply that never ends is given up as well"
    assert used() == 0


def test_an_unreachable_model_is_reported(valkey, model, ask, settings):
    settings.AIRA_MODEL_URL = "http://127.0.0.1:9/v1"
    assert ask().json() == {"error": "Failed to process message. Please try again."}


def test_above_the_limit_the_model_is_not_asked(valkey, model, ask):
    for _ in range(5):
        assert ask().status_code == 200
    response = ask()
    assert response.status_code == 429
    assert response.json()["message"].startswith("You've reached your daily limit of 5 chats.")
    assert len(model.requests) == 5
    change_plan(user_id="u1", plan=Plan.PLUS)
    assert ask().status_code == 200


def at_once(ask, times):
    with ThreadPoolExecutor(times) as pool:
        return [response.status_code for response in pool.map(lambda _: ask(), range(times))]


@pytest.mark.usefixtures("many_places")
def test_exactly_five_of_twenty_parallel_messages_are_answered_at_a_limit_of_five(valkey, model, ask, settings):
    settings.AIRA_REQUEST_BUDGET_S = None
    assert sorted(at_once(ask, 20)) == [200] * 5 + [429] * 15
    assert (len(model.requests), used()) == (5, 5)


@pytest.mark.usefixtures("many_places")
def test_parallel_messages_that_fail_are_not_counted(valkey, model, ask, settings):
    settings.AIRA_REQUEST_BUDGET_S = None
    model.plan = ModelPlan(status=500)
    assert set(at_once(ask, 20)) <= {503, 429}
    assert used() == 0
    model.plan = ModelPlan()
    assert sorted(at_once(ask, 20)) == [200] * 5 + [429] * 15


def test_requests_faster_than_the_rate_limit_are_refused_and_not_counted(
    valkey, model, ask, monkeypatch, frozen_limits
):
    monkeypatch.setattr("chat.limits.CHAT", Limit("small", permits=3, per_s=30))
    responses = [ask() for _ in range(4)]
    assert [response.status_code for response in responses] == [200] * 3 + [429]
    assert responses[3].json() == {"error": "Too many requests. Please try again later."}
    assert (responses[3]["Retry-After"], "RateLimit" in responses[0]) == ("10", False), "anybody may ask as u1"
    assert used() == 3


def test_a_message_with_a_danger_phrase_gets_help_before_limits_model_and_store(valkey, model, ask):
    for _ in range(5):
        ask()
    valkey.stop()
    response = ask({"role": "user", "content": "I want to die"}, country="DE")
    assert response.status_code == 200
    assert "0800 1110111" in response.json()["message"]
    assert response.json()["helplines"][0]["emergency"] == "112"
    assert len(model.requests) == 5


def test_help_needs_no_credential(valkey, client):
    body = {"messages": [{"role": "user", "content": "I want to kill myself"}]}
    response = client.post("/api/chat", body, content_type="application/json")
    assert (response.status_code, response.json()["help"]) == (200, True)
    assert valkey.keys() == []


@pytest.fixture
def longest_run(monkeypatch):
    """Return the length of the longest run of combining marks that was normalised (and so sorted) in this test."""
    real, found = unicodedata.normalize, [0]

    def normalize(form, text):
        runs = groupby(text, key=lambda character: bool(unicodedata.combining(character)))
        found.extend(len(list(run)) for is_run, run in runs if is_run)
        return real(form, text)

    monkeypatch.setattr(unicodedata, "normalize", normalize)
    return lambda: max(found)


def post_anonymously(client, path, content):
    """Send the content without a credential, in the format of the endpoint."""
    body = {"messages": [{"role": "user", "content": content}]} if path == "/api/chat" else {"content": content}
    return client.post(path, json.dumps(body, ensure_ascii=False), content_type="application/json")


PATHS = pytest.mark.parametrize("path", ["/api/chat", "/api/v1/conversations/c1/replies"])


@PATHS
@pytest.mark.parametrize("content", [MARKS * 5_000, "a" + MARKS * 5_000, ("a" + MARKS * 20) * 200])
def test_long_runs_of_marks_are_not_normalised_for_callers_without_a_credential(
    valkey, client, longest_run, path, content
):
    assert post_anonymously(client, path, content).status_code == 401
    assert longest_run() <= 30


@PATHS
def test_without_a_credential_the_largest_body_of_marks_is_answered_at_once(valkey, client, path):
    begun_s = time.thread_time()
    assert post_anonymously(client, path, MARKS * 64_000).status_code in {400, 401}
    assert time.thread_time() - begun_s < 5


@PATHS
def test_help_is_given_for_a_phrase_between_long_runs_of_marks(valkey, client, longest_run, path):
    content = MARKS * 1_000 + " I want to " + "".join(letter + MARKS * 20 for letter in "die") + " " + MARKS * 1_000
    response = post_anonymously(client, path, content)
    assert response.status_code == 200
    assert b"helplines" in response.content
    assert longest_run() <= 30


@PATHS
def test_a_401_carries_the_help_of_the_country_that_was_named(valkey, client, path):
    said = {"messages": [HELLO]} if path == "/api/chat" else {"content": TEXT}
    response = client.post(path, said | {"country": "DE"}, content_type="application/json")
    assert response.status_code == 401
    assert [country["code"] for country in response.json()["help"]["helplines"]] == ["DE"]


@PATHS
def test_a_413_carries_help(valkey, client, path):
    response = client.post(path, b" " * 9_000_000, content_type="application/json")
    assert response.status_code == 413
    assert len(response.json()["help"]["helplines"]) > 1


@PATHS
def test_too_many_messages_of_an_unknown_caller_are_not_looked_at_and_get_help(
    valkey, client, path, monkeypatch, frozen_limits
):
    monkeypatch.setattr("chat.limits.UNREAD", Limit("small", permits=2, per_s=30))
    responses = [post_anonymously(client, path, "I want to die") for _ in range(3)]
    assert [response.status_code for response in responses] == [200, 200, 429]
    assert responses[2].json()["help"]["helplines"]
    assert responses[2]["Retry-After"] == "15"
    assert responses[2]["RateLimit"].startswith('"small";r=0')


def test_danger_phrases_in_earlier_messages_do_not_stop_the_conversation(valkey, model, ask):
    said = [{"role": "user", "content": "I wanted to die"}, {"role": "user", "content": "I want to die"}]
    answer = ask(*said, {"role": "assistant", "content": "Please call."}, {"role": "user", "content": "I called"})
    assert answer.json() == {"message": "I am here."}


@pytest.mark.parametrize(
    "messages",
    [
        None, [], "text", [1], [{}], [{"role": "system", "content": "x"}], [{"role": "user", "content": " "}],
        [{"role": "user", "content": "x" * 32_001}], [{"role": "assistant", "content": "x"}],
        [{"role": "user", "content": None}],
    ],
)  # fmt: skip
def test_malformed_messages_are_refused(valkey, model, trusted, messages):
    response = trusted.post("/api/chat", {"userId": "u1", "messages": messages}, format="json")
    assert (response.status_code, response.json()) == (400, {"error": "Invalid messages format"})
    assert model.requests == []


def test_without_a_model_the_built_in_listener_answers_and_identifies_itself(valkey, ask):
    first = ask().json()
    assert first["listener"] is True
    assert first["message"].startswith(listener.LABEL)
    assert first["message"].endswith("?")
    second = ask(HELLO, {"role": "assistant", "content": first["message"]}, HELLO).json()
    assert second["message"] != first["message"]


def test_a_message_of_an_erased_user_is_refused(valkey, model, ask):
    valkey.client.set("user:u1:erased", 9_999_999_999_999)
    assert ask().status_code == 409
    assert model.requests == []


def test_a_reply_to_be_spoken_is_asked_to_be_short(valkey, model, ask):
    ask(isVoiceMode=True)
    assert "spoken aloud" in model.requests[0]["body"]["messages"][0]["content"]


def test_the_model_receives_the_end_of_a_long_conversation(valkey, model, ask):
    ask(*[{"role": "user", "content": f"{number}" + "x" * 999} for number in range(60)])
    told = model.requests[0]["body"]["messages"][1:]
    assert len(told) == 23
    assert told[-1]["content"].startswith("59")
    ask(*[{"role": "user", "content": "x"}] * 60)
    assert len(model.requests[1]["body"]["messages"][1:]) == companion.TURNS_TOLD


def test_during_an_outage_of_redis_aira_still_answers(valkey, model, ask):
    valkey.stop()
    assert ask().json() == {"message": "I am here."}


def test_neither_messages_nor_the_models_key_are_logged(valkey, model, ask, caplog):
    for status in (200, 401, 500):
        model.plan = ModelPlan(status=status)
        ask({"role": "user", "content": "my secret words"})
    assert "secret words" not in caplog.text
    assert "sk-for-tests-only" not in caplog.text
