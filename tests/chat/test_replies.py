"""Streamed replies: storing as they arrive, listening again, stopping, continuing, and regenerating."""

import asyncio
import gc
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts.models import Plan
from accounts.services import change_plan
from api.limits import Limit
from chat.replies import events, live, recorder, replying, states
from chat.replies.recorder import Place, Recorder
from chat.replies.stop_sign import StopSign
from chat.services import delete_conversation
from redis_models.health import clock, monitor
from redis_models.replay.drain import drain
from tests.chat.conftest import events_of, parsed, text_of
from tests.support.models import Plan as ModelPlan
from tests.support.people import TEXT
from tests.support.waiting import deadline, wait_until

WORDS = [f"word{number} " for number in range(30)]


def held(model, *, free, pieces=WORDS, **plan):
    """Let the model send `free` pieces at once, and the others after the returned gate is set."""
    gate = threading.Event()
    model.plan = ModelPlan(pieces=list(pieces), gate=gate, free_pieces=free, **plan)
    return gate


def test_a_reply_streams_piece_by_piece_and_is_a_message_at_its_end(model, talk):
    told = talk.say("I am tired")
    assert told[0][0] == "reply"
    assert {name for name, _, _ in told[1:-1]} == {"delta"}
    assert text_of(told) == "I am here."
    name, content, _ = told[-1]
    assert (name, content["message"]["content"], content["message"]["source"]) == ("done", "I am here.", "test-model")
    items, replies = talk.messages()
    assert [(each["role"], each["content"]) for each in items] == [("user", "I am tired"), ("assistant", "I am here.")]
    assert items[1]["replyTo"] == items[0]["id"]
    assert replies == []
    assert talk.usage() == 1
    assert "max-age" not in talk.post({"content": "x"})["Cache-Control"]


def test_the_model_receives_the_earlier_messages(model, talk):
    talk.say("first")
    talk.say("second")
    assert [each["content"] for each in model.requests[1]["body"]["messages"][1:]] == ["first", "I am here.", "second"]


def test_without_a_model_the_built_in_listener_answers_and_is_named(talk):
    told = talk.say()
    assert told[-1][1]["message"]["source"] == "built-in listener"
    assert text_of(told).startswith("[Built-in listener")


def test_pieces_are_stored_within_half_a_second(model, talk, valkey):
    gate = held(model, free=3)
    talk.post({"content": TEXT, "replyId": "r1"})
    wait_until(
        lambda: valkey.client.hget("user:u1:conversation:c1:replies", "r1:1") == "".join(WORDS[:3]),
        at_most_s=deadline(promised_s=0.5),
    )
    gate.set()
    wait_until(lambda: live.count() == 0)
    assert [each["content"] for each in talk.messages()[0]] == [TEXT, "".join(WORDS).rstrip()]
    assert valkey.client.exists("user:u1:conversation:c1:replies") == 0


def test_twenty_pieces_are_stored_at_once(valkey, monkeypatch):
    monkeypatch.setattr(recorder, "FLUSH_INTERVAL_S", 3600)
    kept = Recorder(Place("u1", "c1", "r1"), stop=StopSign())
    for word in WORDS[:19]:
        kept.add(word)
    assert not valkey.client.exists("user:u1:conversation:c1:replies")
    kept.add(WORDS[19])
    assert valkey.client.hget("user:u1:conversation:c1:replies", "r1:1") == "".join(WORDS[:20])


def test_a_client_that_reconnects_receives_the_rest_and_nothing_twice(model, talk):
    gate = held(model, free=5)
    response = talk.post({"content": TEXT, "replyId": "r1"})
    stream, seen = iter(response), b""
    while WORDS[4].encode() not in seen:
        seen += next(stream)
    response.close()
    last_id = seen.decode().rsplit("id: ", 1)[1].split("\n")[0]
    items, replies = talk.messages()
    wait_until(lambda: talk.messages()[1][0]["text"] == "".join(WORDS[:5]))
    assert [each["role"] for each in items] == ["user"]
    assert (replies[0]["id"], replies[0]["state"]) == ("r1", "open")
    gate.set()
    again = events_of(talk.listen("r1", **{"last-event-id": last_id}))
    assert text_of(again) == "".join(WORDS[5:])
    assert again[-1][0] == "done"
    whole = events_of(talk.listen("r1"))
    assert text_of(whole) == "".join(WORDS).rstrip()
    assert talk.usage() == 1
    assert len(model.requests) == 1


def test_the_same_request_again_is_the_same_reply(model, talk):
    first = talk.post({"content": TEXT}, **{"idempotency-key": "k1"}).getvalue()
    second = talk.post({"content": TEXT}, **{"idempotency-key": "k1"}).getvalue()
    assert first.decode().split("event: done")[1] == second.decode().split("event: done")[1]
    assert len(model.requests) == 1
    assert len(talk.messages()[0]) == 2
    assert talk.usage() == 1


def test_a_reply_cut_off_after_five_pieces_is_stored_and_can_be_continued_and_counts_once(model, talk):
    model.plan = ModelPlan(pieces=WORDS, drop_after=5)
    told = talk.say(TEXT, replyId="r1")
    assert text_of(told) == "".join(WORDS[:5])
    name, content, _ = told[-1]
    assert (name, content["code"], content["canGoOn"]) == ("error", "model_unreachable", True)
    items, replies = talk.messages()
    assert [each["role"] for each in items] == ["user"]
    assert (replies[0]["text"], replies[0]["state"]) == ("".join(WORDS[:5]), "interrupted")
    listened = events_of(talk.listen("r1"))
    assert (text_of(listened), listened[-1][1]["canGoOn"]) == ("".join(WORDS[:5]), True)
    model.plan = ModelPlan(pieces=WORDS[5:])
    went_on = events_of(talk.post({"goOn": "r1"}))
    assert text_of(went_on) == "".join(WORDS), "a client that reloaded receives the complete reply"
    assert went_on[-1][1]["message"]["content"] == "".join(WORDS).rstrip()
    assert model.requests[1]["body"]["messages"][-1] == {"role": "assistant", "content": "".join(WORDS[:5])}
    assert [each["content"] for each in talk.messages()[0]] == [TEXT, "".join(WORDS).rstrip()]
    assert talk.usage() == 1


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (ModelPlan(status=401), "model_refused"),
        (ModelPlan(status=429), "model_busy"),
        (ModelPlan(status=500), "model_failed"),
        (ModelPlan(pieces=[]), "no_reply"),
        (ModelPlan(pieces=[" ", "\n"]), "no_reply"),
        (ModelPlan(drop_after=0), "model_unreachable"),
    ],
)
def test_an_empty_reply_is_an_error_and_its_message_is_not_counted(model, talk, plan, code):
    model.plan = plan
    told = talk.say(replyId="r1")
    assert [name for name, _, _ in told] == ["reply", "error"]
    assert (told[1][1]["code"], told[1][1]["canGoOn"]) == (code, False)
    assert talk.usage() == 0
    items, replies = talk.messages()
    assert [each["role"] for each in items] == ["user"], "the user's message is kept"
    assert (replies[0]["state"], replies[0]["error"]) == ("failed", code)
    model.plan = ModelPlan()
    again = events_of(talk.post({"regenerate": "r1"}))
    assert again[-1][1]["message"]["replyTo"] == items[0]["id"]
    assert "replaces" not in again[-1][1]["message"], "there is no reply to replace"
    assert talk.usage() == 1
    assert talk.messages()[1] == []


def test_a_reply_that_failed_without_text_is_removed_by_the_next_message(model, talk, valkey, status):
    for number, plan in enumerate((ModelPlan(status=429), ModelPlan(status=500), ModelPlan())):
        model.plan = plan
        talk.say(f"try {number}", replyId=f"r{number}")
    assert talk.messages()[1] == []
    drain()
    assert status().pending == status().applied == 0
    assert valkey.client.hgetall("user:u1:conversation:c1:replies") == {"r0": "", "r1": ""}
    assert talk.listen("r0").status_code == 404


def test_a_stopped_reply_keeps_its_text_so_far(model, talk):
    gate = held(model, free=4)
    response = talk.post({"content": TEXT, "replyId": "r1"})
    stream, seen = iter(response), b""
    while WORDS[3].encode() not in seen:
        seen += next(stream)
    assert talk.post(path="/r1/stop", accept="application/json").json()["state"] == "stored"
    gate.set()
    seen += b"".join(stream)
    assert b"event: done" in seen
    message = talk.messages()[0][1]
    assert message["ending"] == "stopped"
    assert message["content"].startswith("".join(WORDS[:4]).rstrip())
    assert len(message["content"]) < len("".join(WORDS))
    assert talk.post(path="/r1/stop", accept="application/json").status_code == 200


def test_a_stop_ends_a_reply_at_once_although_its_model_is_silent_and_closes_the_connection(model, talk, monkeypatch):
    for name in ("STOP_LOOK_INTERVAL_S", "FLUSH_INTERVAL_S"):
        monkeypatch.setattr(recorder, name, 3600)  # the stop must arrive without polling
    held(model, free=3, pings=True)
    stream, seen = iter(talk.post({"content": "hello", "replyId": "r1"})), b""
    while WORDS[2].encode() not in seen:
        seen += next(stream)
    talk.post(path="/r1/stop", accept="application/json")
    assert b"event: done" in b"".join(stream), "the model is silent, so only the stop can have ended the reply"
    assert (
        talk.messages()[0][1] | {"content": "".join(WORDS[:3]).rstrip(), "ending": "stopped"} == talk.messages()[0][1]
    )
    wait_until(lambda: model.dropped == 1)


@pytest.mark.parametrize("mute", [True, False])
def test_a_reply_stopped_before_its_first_piece_is_an_error_and_is_not_counted(model, talk, mute):
    gate = held(model, free=0, mute=mute)
    response = talk.post({"content": "hello", "replyId": "r1"})
    wait_until(lambda: model.requests)
    talk.post(path="/r1/stop", accept="application/json")
    name, content, _ = events_of(response)[-1]
    gate.set()
    assert (name, content["code"], content["canGoOn"]) == ("error", "stopped", False)
    assert [each["role"] for each in talk.messages()[0]] == ["user"]
    assert talk.usage() == 0


def test_a_stop_before_the_request_to_the_model_takes_effect(model, talk):
    sign = StopSign()
    sign.ask()
    assert sign.run(asyncio.sleep(3600)) is False


def test_a_silent_reply_written_by_another_process_stops_as_well(model, talk, valkey, monkeypatch):
    monkeypatch.setattr(recorder, "STOP_LOOK_INTERVAL_S", 0.05)
    held(model, free=3)
    response = talk.post({"content": "hello", "replyId": "r1"})
    wait_until(lambda: valkey.client.hexists("user:u1:conversation:c1:replies", "r1:1"))
    valkey.client.hset("user:u1:conversation:c1:replies", "r1:stop", "1")
    assert events_of(response)[-1][1]["message"]["ending"] == "stopped"
    assert talk.messages()[0][1]["content"] == "".join(WORDS[:3]).rstrip()


@pytest.mark.parametrize("pings", [False, True])
def test_a_model_that_stalls_midway_is_given_up_after_the_timeout_and_the_reply_can_be_continued(
    model, talk, fast_forward, monkeypatch, pings
):
    monkeypatch.setattr(replying, "LONGEST_S", 10**9)
    held(model, free=5, pings=pings)
    stream, seen = iter(talk.post({"content": TEXT, "replyId": "r1"})), b""
    while WORDS[4].encode() not in seen:
        seen += next(stream)
    fast_forward(lambda: live.count() == 0)
    told = b"".join(stream).decode().strip().split("\n\n")
    name, content, _ = parsed(told[-1])
    assert (name, content["code"], content["canGoOn"]) == ("error", "model_too_slow", True)
    assert content["detail"] == "The model did not go on in time. Please try again."
    assert events_of(talk.listen("r1"))[-1][1] == content
    model.plan = ModelPlan(pieces=WORDS[5:])
    assert events_of(talk.post({"goOn": "r1"}))[-1][1]["message"]["content"] == "".join(WORDS).rstrip()
    assert talk.usage() == 1


def test_a_reply_stays_open_for_all_listeners_while_its_model_sends_nothing(model, talk, valkey, monkeypatch):
    monkeypatch.setattr(recorder, "STOP_LOOK_INTERVAL_S", 0.0)
    monkeypatch.setattr(recorder, "SIGN_OF_LIFE_S", 0.05)
    gate = threading.Event()
    model.plan = ModelPlan(pieces=["", "", "at last"], gate=gate, free_pieces=2)
    response = talk.post({"content": "hello", "replyId": "r1"})
    written = lambda: int(valkey.client.hget("user:u1:conversation:c1:replies", "r1:at"))  # noqa: E731
    begun = written()
    wait_until(lambda: written() > begun)
    again = written()
    wait_until(lambda: written() > again)
    assert talk.messages()[1][0]["state"] == "open"
    gate.set()
    assert events_of(response)[-1][1]["message"]["content"] == "at last"


@pytest.mark.parametrize("mute", [False, True])
def test_a_message_is_not_counted_if_the_model_stalls_from_the_beginning(model, talk, fast_forward, mute):
    held(model, free=0, mute=mute)
    response = talk.post({"content": TEXT, "replyId": "r1"})
    wait_until(lambda: model.requests)
    fast_forward(lambda: live.count() == 0)
    name, content, _ = events_of(response)[-1]
    assert (name, content["code"], content["canGoOn"]) == ("error", "model_too_slow", False)
    assert talk.usage() == 0


def test_a_model_whose_reply_never_ends_is_given_up(model, talk, monkeypatch):
    monkeypatch.setattr(replying, "LONGEST_S", 0.3)
    model.plan = ModelPlan(pieces=itertools.repeat("and on "))
    assert talk.say()[-1][1]["code"] == "model_too_slow"


def test_a_reply_whose_process_died_is_interrupted_and_can_be_ended_or_continued(model, talk, valkey, settings):
    silent_ms = 1000 * (settings.AIRA_MODEL_TIMEOUT_S + states.SILENCE_S)
    place = "user:u1:conversation:c1:replies"
    talk.say(TEXT)
    user_message = talk.messages()[0][0]["id"]
    meta = f'{{"replyTo":"{user_message}","source":"test-model","timestamp":"2026-11-23T08:00:00.000Z"}}'
    old = {"meta": meta, "1": "I am ", "2": "not done", "at": str(clock.now_ms() - round(silent_ms))}
    for reply_id in ("dead1", "dead2"):
        valkey.client.hset(place, mapping={f"{reply_id}:{what}": value for what, value in old.items()})
    assert {reply["state"] for reply in talk.messages()[1]} == {"interrupted"}
    assert events_of(talk.listen("dead1"))[-1][1]["code"] == "interrupted"
    talk.post(path="/dead1/stop", accept="application/json")
    assert talk.messages()[0][-1] | {"ending": "interrupted", "content": "I am not done"} == talk.messages()[0][-1]
    model.plan = ModelPlan(pieces=[" yet."])
    assert events_of(talk.post({"goOn": "dead2"}))[-1][1]["message"]["content"] == "I am not done yet."


def test_a_regenerated_reply_replaces_the_old_one_in_what_the_model_receives(model, talk):
    talk.say(TEXT, replyId="r1")
    model.plan = ModelPlan(pieces=["Another."])
    told = events_of(talk.post({"regenerate": "r1"}))
    message = told[-1][1]["message"]
    assert (message["content"], message["replaces"]) == ("Another.", "r1")
    assert [each["content"] for each in model.requests[1]["body"]["messages"][1:]] == [TEXT]
    assert len(talk.messages()[0]) == 3, "the old reply stays stored"
    talk.say("more")
    assert [each["content"] for each in model.requests[2]["body"]["messages"][1:]] == [
        TEXT,
        "Another.",
        "more",
    ]
    assert talk.usage() == 3


def test_above_the_limit_nothing_is_stored_and_the_answer_says_when_it_resets(model, talk):
    for _ in range(5):
        talk.say()
    refused = talk.post({"content": "once more"})
    assert (refused.status_code, refused.json()["code"]) == (429, "daily_limit")
    assert 0 < int(refused["Retry-After"]) <= 25 * 3600
    assert len(talk.messages()[0]) == 10
    assert live.count() == 0


@pytest.mark.usefixtures("many_places")
def test_exactly_five_of_twenty_parallel_messages_get_a_reply_at_a_limit_of_five(model, talk, settings):
    settings.AIRA_REQUEST_BUDGET_S = None
    with ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(lambda number: talk.post({"content": f"say {number}"}), range(20)))
    assert sorted(response.status_code for response in responses) == [200] * 5 + [429] * 15
    for response in responses:
        assert response.status_code == 429 or b"event: done" in response.getvalue()
    assert (len(model.requests), talk.usage(), len(talk.messages()[0])) == (5, 5, 10)


def test_requests_faster_than_the_rate_limit_are_refused_and_nothing_is_stored(model, talk, monkeypatch, frozen_limits):
    monkeypatch.setattr("chat.limits.CHAT", Limit("small", permits=1, per_s=30))
    talk.say()
    refused = talk.post({"content": "again"})
    assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (429, "too_many_requests", "30")
    assert (len(talk.messages()[0]), talk.usage()) == (2, 1)
    assert talk.say("I want to die")[0][0] == "help", "help is never refused"


def test_a_message_with_a_danger_phrase_gets_help_first_and_is_not_counted(model, talk, valkey):
    told = talk.say("I want to die", country="GB")
    assert [name for name, _, _ in told] == ["help", "done"]
    assert "116 123" in told[0][1]["message"]
    assert model.requests == []
    items = talk.messages()[0]
    assert [each["role"] for each in items] == ["user", "assistant"]
    assert items[1]["source"] == "help"
    assert talk.usage() == 0
    valkey.stop()
    assert talk.say("I want to die", country="GB")[0][0] == "help"


def test_help_is_given_without_a_credential_and_with_a_wrong_one(valkey, client):
    for headers in ({}, {"authorization": "Bearer wrong"}):
        body = {"content": "I want to kill myself"}
        response = client.post(
            "/api/v1/conversations/c1/replies", body, content_type="application/json", headers=headers
        )
        assert events_of(response)[0][0] == "help"
        talk = {"messages": [{"role": "user", "content": "suicide"}]}
        assert client.post("/api/chat", talk, content_type="application/json", headers=headers).status_code == 200
    assert valkey.keys() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400), ({"content": "a", "goOn": "r1"}, 400), ({"content": 5}, 400), ({"content": ""}, 400),
        ({"content": "x" * 32_001}, 400), ({"goOn": "nothing"}, 400), ({"regenerate": "nothing"}, 400),
        ({"content": "a", "plan": "premium"}, 400),
    ],
)  # fmt: skip
def test_invalid_input_is_a_problem(model, talk, body, status):
    response = talk.post(body)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert model.requests == []


def test_missing_objects_are_not_found(talk, trusted):
    assert talk.listen("r9").status_code == 404
    assert talk.post(path="/r9/stop").status_code == 404
    elsewhere = trusted.post(
        "/api/v1/conversations/c9/replies", {"content": "x"}, format="json", headers={"x-user-id": "u1"}
    )
    assert elsewhere.status_code == 404
    assert talk.listen("r9", **{"last-event-id": "x"}).status_code in (400, 404)


def test_deleting_a_conversation_ends_its_reply(model, talk):
    gate = held(model, free=2)
    talk.post({"content": TEXT, "replyId": "r1"})
    delete_conversation(user_id="u1", conversation_id="c1")
    gate.set()
    wait_until(lambda: live.count() == 0)
    assert talk.listen("r1").status_code == 404


def test_during_an_outage_of_redis_a_reply_streams_and_is_stored_afterwards(model, talk, valkey):

    valkey.stop()
    told = talk.say("in the dark", replyId="r1")
    assert (text_of(told), told[-1][0]) == ("I am here.", "done")
    assert talk.usage() == 1
    valkey.start()
    monitor.probe_once()
    drain()
    assert [each["content"] for each in talk.messages()[0]] == ["in the dark", "I am here."]
    assert talk.messages()[1] == []
    assert talk.usage() == 1


def test_a_process_limits_the_number_of_replies_and_streams(model, talk, monkeypatch):
    change_plan(user_id="u1", plan=Plan.PREMIUM)
    monkeypatch.setattr(live, "REPLIES_AT_MOST", 1)
    gate = held(model, free=1)
    taken = talk.post({"content": TEXT})
    refused = talk.post({"content": TEXT})
    assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (503, "replies_busy", "2")
    gate.set()
    assert events_of(taken)[-1][0] == "done"
    wait_until(lambda: live.count() == 0)
    gc.collect()  # a stream that nobody read gives its place back when it goes, to where it came from
    monkeypatch.setattr(events, "places", threading.BoundedSemaphore(1))
    first = talk.listen(talk.say(replyId="r1") and "r1")
    assert talk.listen("r1").status_code == 503
    first.close()
    first.close()
    assert events_of(talk.listen("r1"))[-1][0] == "done"


def test_a_defect_while_writing_ends_the_reply_with_an_error(model, talk, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(replying.companion, "pieces", broken)
    assert talk.say()[-1][1]["code"] == "internal"
    assert talk.usage() == 0


def test_two_writers_of_one_reply_do_not_mix_their_texts(valkey):
    stops = StopSign(), StopSign()
    one, other = (Recorder(Place("u1", "c1", "r1"), stop=stop) for stop in stops)
    one.add("one")
    one.flush()
    other.add("other")
    other.flush()
    assert [stop.is_asked for stop in stops] == [False, True]
    assert valkey.client.hget("user:u1:conversation:c1:replies", "r1:1") == "one"


def test_a_silent_stream_is_kept_alive(model, talk, monkeypatch):
    monkeypatch.setattr(events, "KEEP_ALIVE_S", 0.05)
    gate = held(model, free=1)
    stream = iter(talk.post({"content": TEXT}))
    seen = b""
    while events.KEEP_ALIVE not in seen:
        seen += next(stream)
    gate.set()
    assert b"event: done" in b"".join(stream)
