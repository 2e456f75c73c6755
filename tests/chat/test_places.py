"""A user has three places for replies on all hosts, and twelve streams in each process."""

import pytest
from rest_framework.test import APIClient

from chat.replies import events, live, places
from chat.replies.events import Stored, SyncStream, Telling
from chat.replies.live import LiveReply, RepliesBusy
from chat.replies.places import TooManyListeners, TooManyReplies, enter, leave, place, renew
from chat.replies.recorder import Place, Recorder
from chat.replies.stop_sign import StopSign
from chat.services import create_conversation
from redis_models.schema import keys
from redis_models.testing import fresh_host

AT = 1_795_423_341_000


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Stop the clock of the places; return a function that moves it on by seconds."""
    now = [AT]
    monkeypatch.setattr(places, "now_ms", lambda: now[0])

    def advance(seconds):
        now[0] += round(seconds * 1000)

    return advance


def test_three_replies_to_a_user_are_written_at_once_on_all_hosts(valkey):
    enter("u1", "r1")
    with fresh_host():
        enter("u1", "r2")
        enter("u1", "r3")
    with pytest.raises(TooManyReplies):
        enter("u1", "r4")
    enter("u1", "r1")
    enter("u2", "r4")
    with fresh_host():
        leave("u1", "r1")
    enter("u1", "r4")


def test_places_of_a_process_that_died_end_and_renewed_ones_stay(valkey, clock):
    for number in range(3):
        enter("u1", f"r{number}")
    clock(places.LASTS_S - 1)
    renew("u1", "r0")
    clock(2)
    enter("u1", "r3")
    enter("u1", "r4")
    with pytest.raises(TooManyReplies):
        enter("u1", "r5")


def test_a_place_is_given_back_whatever_happens(valkey):
    for _ in range(4):
        with pytest.raises(ZeroDivisionError), place("u1", "r1", lasts_s=60):
            1 / 0  # noqa: B018
    assert not [key for key in valkey.client.keys("*") if key.startswith("replying:")]


def test_in_an_outage_each_process_counts_for_itself(valkey):
    valkey.stop()
    for number in range(3):
        enter("u1", f"r{number}")
    with pytest.raises(TooManyReplies):
        enter("u1", "r3")
    leave("u1", "r0")
    enter("u1", "r3")


def test_a_place_names_nobody(valkey):
    enter("somebody", "r1")
    assert not [key for key in valkey.client.keys("*") if "somebody" in key]


def test_a_reply_that_is_written_renews_its_place(valkey, monkeypatch):
    renewed, now = [], [1000.0]
    monkeypatch.setattr("chat.replies.recorder.time.monotonic", lambda: now[0])
    monkeypatch.setattr(places, "renew", lambda *of: renewed.append(of))
    recorder = Recorder(Place("u1", "c1", "r1"), stop=StopSign())
    recorder.flush_if_due()
    assert renewed == []
    now[0] += places.RENEW_INTERVAL_S
    recorder.flush_if_due()
    recorder.flush_if_due()
    assert renewed == [("u1", "r1")]


def test_the_fourth_reply_is_429_with_nothing_stored_and_nothing_counted(valkey, settings):
    settings.AIRA_AUTH = "trusted"
    for number in range(3):
        enter("u1", f"r{number}")
    client = APIClient()
    create_conversation(user_id="u1", conversation_id="c1")
    answer = client.post("/api/v1/conversations/c1/replies?userId=u1", {"content": "hello"}, format="json")
    assert (answer.status_code, answer["Retry-After"]) == (429, "2")
    assert answer.json()["code"] == "too_many_replies"
    talk = {"userId": "u1", "messages": [{"role": "user", "content": "hello"}]}
    assert client.post("/api/chat", talk, format="json").status_code == 429
    assert not valkey.client.exists(keys.usage("u1"), keys.of_conversation("u1", "c1")[1])
    assert live.count() == 0


def streams(number, user_id="u1"):
    return [SyncStream(Stored(user_id, "c1", "r1"), Telling("r1"), user_id=user_id) for _ in range(number)]


def test_a_user_listens_to_twelve_streams_in_a_process_and_others_go_on():
    held = streams(places.LISTENERS_AT_MOST)
    with pytest.raises(TooManyListeners):
        streams(1)
    assert streams(2, "u2")
    held.pop().close()
    held += streams(1)
    with pytest.raises(TooManyListeners):
        streams(1)


def test_a_stream_without_a_place_of_the_process_holds_none_of_the_user(monkeypatch):
    monkeypatch.setattr(events.places, "acquire", lambda **_: False)
    for _ in range(places.LISTENERS_AT_MOST + 1):
        with pytest.raises(RepliesBusy):
            streams(1)


def test_the_thirteenth_listener_is_429(valkey, settings, monkeypatch):
    settings.AIRA_AUTH = "trusted"
    monkeypatch.setattr("chat.v1.reply_views.live_reply", lambda *_: LiveReply("r1"))
    held = streams(places.LISTENERS_AT_MOST)
    answer = APIClient().get("/api/v1/conversations/c1/replies/r1?userId=u1")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_listeners")
    assert held
