"""The journey, the daily goals and the affirmations of the old API."""

from datetime import date, timedelta

import pytest

from accounts.models import Plan
from accounts.services import change_plan
from dashboard.affirmations import sentence_of, sentences
from dashboard.services import add_mood, track_affirmation
from redis_models.health.clock import now_ms
from tests.support.people import TEXT

DAY_MS = 86_400_000
MESSAGE = {"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}


def goals(client):
    return client.get("/api/daily-goals?userId=u1").json()["goals"]


def save(client, chat_id="c1"):
    return client.post("/api/chat/save", {"userId": "u1", "chatId": chat_id, "messages": [MESSAGE]}, format="json")


def tick(client, goal_id, **fields):
    return client.post("/api/daily-goals", {"userId": "u1", "goalId": goal_id} | fields, format="json")


def test_a_journey_shows_the_twenty_newest_events(valkey, trusted):
    now = now_ms()
    for number in range(15):
        add_mood(user_id="u1", score=number / 2, moment_ms=now - number * 1000)
        save(trusted, f"c{number}")
    track_affirmation(user_id="u1", text="You may rest.")
    events = trusted.get("/api/journey?userId=u1").json()["events"]
    assert len(events) == 20
    assert events == sorted(events, key=lambda event: event["timestamp"], reverse=True)
    assert {event["type"] for event in events} == {"mood", "chat", "affirmation"}
    assert all(("value" in event) == (event["type"] == "mood") for event in events)
    assert len({event["id"] for event in events}) == 20


def test_a_journey_shows_moods_as_far_back_as_the_plan_does(valkey, trusted):
    add_mood(user_id="u1", score=5, moment_ms=now_ms() - 20 * DAY_MS)
    assert trusted.get("/api/journey?userId=u1").json()["events"] == []
    change_plan(user_id="u1", plan=Plan.PLUS)
    assert trusted.get("/api/journey?userId=u1").json()["events"][0]["description"] == "Mood score: 5/10"


def test_activities_reach_their_goals(valkey, trusted):
    assert goals(trusted) == {"mood": False, "affirmation": False, "chat": False}
    add_mood(user_id="u1", score=5)
    assert goals(trusted) == {"mood": True, "affirmation": False, "chat": False}
    track_affirmation(user_id="u1", text="You may rest.")
    save(trusted)
    assert goals(trusted) == {"mood": True, "affirmation": True, "chat": True}


def test_activities_of_yesterday_do_not_reach_todays_goals(valkey, trusted):
    yesterday = now_ms() - DAY_MS
    add_mood(user_id="u1", score=5, moment_ms=yesterday, at=yesterday)
    track_affirmation(user_id="u1", text="You may rest.", at=yesterday)
    assert goals(trusted) == {"mood": False, "affirmation": False, "chat": False}


def test_a_goal_can_be_ticked_and_the_tick_taken_back(valkey, trusted):
    assert tick(trusted, "track-mood", completed=True).json() == {"success": True}
    assert goals(trusted)["mood"] is True
    tick(trusted, "track-mood", completed=False)
    assert goals(trusted)["mood"] is False


@pytest.mark.parametrize("fields", [{"goalId": "run"}, {"goalId": None}, {"completed": "yes"}])
def test_an_unknown_goal_is_refused(valkey, trusted, fields):
    assert tick(trusted, "track-mood", **fields).status_code == 400
    assert valkey.keys() == []


def test_the_sentence_is_the_same_all_day_and_another_one_tomorrow(valkey, trusted):
    first = trusted.get("/api/affirmations?userId=u1").json()["affirmation"]
    assert trusted.get("/api/affirmations?userId=u1").json()["affirmation"] == first
    days = [date(2026, 11, 25) + timedelta(days=number) for number in range(len(sentences()))]
    assert {sentence_of(day, user_id="u1") for day in days} == set(sentences())


def test_the_sentences_are_short_complete_and_unique():
    assert len(sentences()) >= 30
    assert len(set(sentences())) == len(sentences())
    assert all(sentence.endswith(".") and len(sentence) < 100 for sentence in sentences())


def test_a_sentence_seen_several_times_a_day_is_one_event(valkey, trusted):
    noon = now_ms() // DAY_MS * DAY_MS - 12 * 3_600_000
    for at in (noon + 1000, noon, noon + 500):
        track_affirmation(user_id="u1", text="You may rest.", at=at)
    (event,) = trusted.get("/api/journey?userId=u1").json()["events"]
    assert event["type"] == "affirmation"
    assert valkey.client.zrange("user:u1:affirmations", 0, -1, withscores=True)[0][1] == noon


@pytest.mark.parametrize("text", [None, "", 5, "x" * 501])
def test_an_invalid_affirmation_text_is_refused(valkey, trusted, text):
    body = {"userId": "u1", "affirmationText": text}
    assert trusted.post("/api/affirmations/track", body, format="json").status_code == 400
    assert valkey.keys() == []


def test_all_endpoints_answer_while_redis_is_away(valkey, trusted):
    valkey.stop()
    assert trusted.get("/api/affirmations?userId=u1").json()["affirmation"] in sentences()
    body = {"userId": "u1", "affirmationText": "You may rest."}
    assert trusted.post("/api/affirmations/track", body, format="json").json()["pending"] is True
    assert tick(trusted, "track-mood").json()["pending"] is True
    shown = trusted.get("/api/daily-goals?userId=u1").json()
    assert (shown["goals"], shown["stale"]) == ({"mood": True, "affirmation": True, "chat": False}, True)
    assert trusted.get("/api/journey?userId=u1").json()["events"][0]["type"] == "affirmation"
