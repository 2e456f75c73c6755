"""Moods on the real server: adding, correcting, deleting and reading them, in any order."""

import json
import math
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Plan
from accounts.services import change_plan
from dashboard import selectors
from dashboard.models import mood_entries
from dashboard.services import add_mood, correct_mood, delete_mood, stats_in, valid_mood
from redis_models.errors import Invalid, NotFound
from redis_models.health.clock import now_ms
from redis_models.operations.write import Outcome

DAY_MS = 86_400_000
LIVE = {"score": 4, "timestamp": "2026-11-20T08:00:00.000Z", "note": "from before"}


@pytest.fixture
def now(valkey):
    return now_ms()


def correct(mood_id, score, *, moment_ms=None, at=None):
    entry = selectors.mood(user_id="u1", mood_id=mood_id)
    from dataclasses import replace

    moved = replace(entry, moment_ms=moment_ms or entry.moment_ms)
    corrected = valid_mood(moved, score=score, note="", tags=())
    return correct_mood(user_id="u1", corrected=corrected, at=at)


def shown(**filters):
    return [(entry.id, entry.score) for entry in selectors.moods(user_id="u1", **filters).entries]


def test_an_entry_for_an_earlier_day_does_not_become_the_mood_score(now):
    add_mood(user_id="u1", score=7, mood_id="today")
    stats = stats_in(add_mood(user_id="u1", score=2, mood_id="before", moment_ms=now - 3 * DAY_MS))
    assert stats.mood_score == 7
    assert shown() == [("today", 7), ("before", 2)]


def test_a_correction_replaces_the_entry_and_a_repeated_request_does_not_take_it_back(now):
    add_mood(user_id="u1", score=7, mood_id="m1", at=now - 1000)
    assert correct("m1", 3).outcome is Outcome.APPLIED
    assert add_mood(user_id="u1", score=7, mood_id="m1", moment_ms=now - 1000).outcome is Outcome.DUPLICATE
    assert shown() == [("m1", 3)]
    assert selectors.user_stats(user_id="u1").mood_score == 3


def test_a_correction_may_move_the_entry_to_another_day(now):
    add_mood(user_id="u1", score=7, mood_id="m1")
    add_mood(user_id="u1", score=5, mood_id="m2")
    correct("m2", 5, moment_ms=now - 2 * DAY_MS)
    assert shown() == [("m1", 7), ("m2", 5)]
    assert shown(days=1) == [("m1", 7)]


def test_a_deleted_entry_stays_deleted_and_the_score_is_that_of_the_newest_left(valkey, now):
    add_mood(user_id="u1", score=7, mood_id="m1", at=now - 5)
    add_mood(user_id="u1", score=2, mood_id="m2")
    entry = selectors.mood(user_id="u1", mood_id="m2")
    assert stats_in(delete_mood(user_id="u1", entry=entry)).mood_score == 7
    assert delete_mood(user_id="u1", entry=entry).outcome is Outcome.DUPLICATE
    assert add_mood(user_id="u1", score=2, mood_id="m2").outcome is Outcome.GONE
    assert correct_mood(user_id="u1", corrected=entry).outcome is Outcome.GONE
    with pytest.raises(NotFound):
        selectors.mood(user_id="u1", mood_id="m2")
    assert shown() == [("m1", 7)]
    assert stats_in(delete_mood(user_id="u1", entry=selectors.mood(user_id="u1", mood_id="m1"))).mood_score == 0


def test_entries_of_the_old_server_without_an_id_can_be_read_corrected_and_deleted(valkey, now):
    history = "user:u1:mood_history"
    valkey.client.zadd(history, {json.dumps(LIVE): now - 10, json.dumps(LIVE | {"score": 9}): now - 5, "rubbish": now})
    newer, older = selectors.moods(user_id="u1").entries
    assert (newer.score, older.score, older.note, older.timestamp[:4]) == (9, 4, "from before", "2026")
    assert correct(older.id, 5).outcome is Outcome.APPLIED
    assert shown() == [(newer.id, 9), (older.id, 5)]
    delete_mood(user_id="u1", entry=newer)
    assert shown() == [(older.id, 5)]
    assert valkey.client.zcard(history) == 2, "a member that is not an entry is left alone"


@pytest.mark.parametrize(("plan", "count"), [(None, 7), (Plan.PLUS, 30), (Plan.PREMIUM, 40)])
def test_the_plan_limits_how_many_days_are_shown_and_nothing_is_deleted(valkey, now, plan, count):
    for day in range(40):
        add_mood(user_id="u1", score=5, mood_id=f"m{day}", moment_ms=now - day * DAY_MS)
    if plan:
        change_plan(user_id="u1", plan=plan)
    assert len(shown(days=365)) == count
    assert len(shown()) == count
    assert valkey.client.zcard("user:u1:mood_history") == 40


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"note": 5}, "note must be"),
        ({"tags": "walk"}, "tags must be"),
        ({"tags": [""]}, "tags must be"),
        ({"tags": ["x"] * 21}, "tags must be"),
        ({"moment_ms": 99_999_999_999_999}, "has not come"),
        ({"moment_ms": -1}, "has not come"),
        ({"mood_id": "a b"}, "moodId must be"),
    ],
)
def test_invalid_input_is_refused_and_nothing_is_written(valkey, fields, text):
    with pytest.raises(Invalid, match=text):
        add_mood(user_id="u1", score=5, **fields)
    assert valkey.keys() == []


@pytest.mark.parametrize(
    "query", ["days=0", "days=x", "limit=-1", "limit=1001", "days=99999", "limit=²", "days=" + "0" * 8 + "1" * 4_992]
)
def test_an_invalid_range_is_refused(valkey, trusted, query):
    assert trusted.get(f"/api/mood?userId=u1&{query}").status_code == 400


def test_insights_are_sentences_with_their_numbers(valkey, trusted, now):
    for number in range(4):
        add_mood(user_id="u1", score=5 + number, moment_ms=now - (4 - number) * 1000)
    found = trusted.get("/api/mood-insights?userId=u1").json()["insights"]
    assert found["averageMood"] == 6.5
    assert found["moodRange"] == {"highest": 8, "lowest": 5}
    assert found["trend"] == "improving"
    assert found["basis"]["summary"]["entries"] == 4
    assert "6.5" in found["summary"]


def test_without_redis_a_mood_is_kept_and_shown_with_the_known_ones(valkey, trusted):
    valkey.stop()
    noted = trusted.patch("/api/mood?userId=u1", {"score": 6.5, "note": "dark"}, format="json").json()
    assert (noted["pending"], noted["data"]["mood_score"]) == (True, 6.5)
    listed = trusted.get("/api/mood?userId=u1").json()
    assert [(each["score"], each["note"]) for each in listed["history"]] == [(6.5, "dark")]
    assert listed["stale"] is True


steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "correct", "delete"]),
        st.integers(0, 7),
        st.sampled_from([0.0, 2.0, 6.25, 7.0, 10.0]),
        st.integers(0, 10 * 24 - 1),
    ),
    max_size=30,
)


WORDS = ["Very Low", "Low", "Moderate", "Good", "Excellent"]


def half_up(value):
    return math.floor(value * 10 + Fraction(1, 2)) / 10


def average(scores):
    return sum(map(Fraction, scores)) / len(scores)


def averages_by(key, entries):
    groups = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry[2])
    return {name: average(groups[name]) for name in sorted(groups)}


def recomputed(newest_first, zone):
    """Compute the figures from (ms, id, score) in exact fractions, without any code of the project."""
    scores = [score for _, _, score in newest_first]
    half = len(scores) // 2
    change = average(scores[:half]) - average(scores[half:]) if len(scores) >= 4 else 0
    trend = "improving" if change > Fraction(1, 2) else "declining" if change < Fraction(-1, 2) else "stable"
    local = lambda entry: datetime.fromtimestamp(entry[0] / 1000, tz=ZoneInfo(zone))  # noqa: E731
    by_day = averages_by(lambda entry: local(entry).date().isoformat(), newest_first)
    by_weekday = averages_by(lambda entry: local(entry).weekday(), newest_first)
    words = [WORDS[min(int(score // 2), 4)] for score in scores]
    return {
        "average": half_up(average(scores)) if scores else 0,
        "highest": max(scores, default=0),
        "lowest": min(scores, default=0),
        "trend": trend,
        "totalEntries": len(scores),
        "byDay": [(day, half_up(mean), WORDS[min(int(mean // 2), 4)]) for day, mean in by_day.items()],
        "byWeekday": [(weekday, half_up(mean)) for weekday, mean in by_weekday.items()],
        "distribution": [words.count(word) for word in WORDS],
    }


def shown_figures(client):
    shown = client.get("/api/v1/moods/statistics?days=30", headers={"x-user-id": "u1"}).json()
    shown["byDay"] = [tuple(each.values()) for each in shown["byDay"]]
    shown["byWeekday"] = [(each["weekday"], each["average"]) for each in shown["byWeekday"]]
    shown["distribution"] = [each["entries"] for each in shown["distribution"]]
    return shown


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(some=steps, zone=st.sampled_from(["UTC", "Pacific/Kiritimati", "America/Los_Angeles"]))
def test_statistics_equal_a_recomputation_over_ten_days_of_entries_corrections_and_deletions(
    valkey, trusted, some, zone
):
    valkey.empty()
    now, model, gone = now_ms(), {}, set()
    change_plan(user_id="u1", plan=Plan.PREMIUM)
    valkey.client.hset("user:u1:profile", "timeZone", zone)
    for number, (what, which, score, hours) in enumerate(some):
        mood_id, moment, at = f"m{which}", now - hours * 3_600_000 - which, now - 1000 + number
        if what == "add":
            add_mood(user_id="u1", score=score, mood_id=mood_id, moment_ms=moment, at=at)
            if mood_id not in gone:
                model.setdefault(mood_id, (moment, score))
        elif mood_id in model:
            if what == "correct":
                correct(mood_id, score, moment_ms=moment, at=at)
                model[mood_id] = (moment, score)
            else:
                delete_mood(user_id="u1", entry=selectors.mood(user_id="u1", mood_id=mood_id))
                gone.add(mood_id)
                del model[mood_id]
    flat = valkey.client.zrange("user:u1:mood_history", 0, -1, withscores=True)
    assert {
        entry.id: (entry.moment_ms, entry.score) for entry in mood_entries([x for pair in flat for x in pair])
    } == model
    expected = sorted(((moment, mood_id, score) for mood_id, (moment, score) in model.items()), reverse=True)
    found = selectors.moods(user_id="u1").entries
    assert [(entry.moment_ms, entry.id, entry.score) for entry in found] == expected
    figures = recomputed(expected, zone)
    assert {name: value for name, value in shown_figures(trusted).items() if name in figures} == figures
    assert selectors.user_stats(user_id="u1").mood_score == (expected[0][2] if expected else 0)
