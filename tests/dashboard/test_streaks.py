"""Streaks: tables of cases, checked in Python and on data that the scripts stored."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.calendar import Calendar, change_field
from dashboard import selectors
from dashboard.days import dates_in
from dashboard.services import add_mood, delete_mood, hide_streaks, increment_days_active, show_streaks
from dashboard.streaks import streak
from redis_models.health.clock import now_ms

TODAY = date(2026, 11, 25)
DAY_MS = 86_400_000


def days_ago(*numbers):
    return [TODAY - timedelta(days=number) for number in numbers]


@pytest.mark.parametrize(
    ("ago", "current", "longest", "why"),
    [
        ([], 0, 0, "No day counts yet."),
        ([0], 1, 1, "Today counts."),
        ([1], 1, 1, "Yesterday counts; today does not yet."),
        ([2, 1], 2, 2, "Every day since 2026-11-23 counts; today does not yet."),
        ([2, 1, 0], 3, 3, "Every day since 2026-11-23 counts, today included."),
        ([0, 0, 1, 1], 2, 2, "Every day since 2026-11-24 counts, today included."),
        ([3, 2], 0, 2, "Nothing was noted on 2026-11-24, so a run of 2 days ended."),
        ([2], 0, 1, "Nothing was noted on 2026-11-24, so a run of 1 day ended."),
        ([9, 8, 7, 6, 1, 0], 2, 4, "Every day since 2026-11-24 counts, today included."),
        ([5, 4, 3, 0], 1, 3, "Today counts."),
        ([0, -1], 2, 2, "Every day since 2026-11-25 counts, today included."),  # active tomorrow: a flight west
    ],
)
def test_a_streak_is_explained(ago, current, longest, why):
    found = streak(days_ago(*ago), today=TODAY)
    assert (found.current, found.longest, found.why) == (current, longest, why)


def test_the_days_that_count_are_named():
    assert streak(days_ago(7, 2, 0, 1), today=TODAY).days == tuple(days_ago(2, 1, 0))


@given(st.lists(st.integers(0, 40)))
def test_order_and_repetition_do_not_change_a_streak(ago):
    assert streak(days_ago(*ago), today=TODAY) == streak(days_ago(*sorted(set(ago))), today=TODAY)


# Each story lists local times of activity with the user's zone at that time, and the resulting streak.
STORIES = {
    "every evening over the end of summer time": (
        [(None, "Europe/Berlin")],
        ["2026-10-24T23:30+02:00", "2026-10-25T23:30+01:00", "2026-10-26T23:30+01:00"],
        3,
    ),
    "just after midnight over the beginning of summer time": (
        [(None, "America/New_York")],
        ["2026-03-07T00:10-05:00", "2026-03-08T00:10-05:00", "2026-03-09T00:10-04:00"],
        3,
    ),
    "two times of one day that are two days in UTC": (
        [(None, "America/Los_Angeles")],
        ["2026-11-23T08:00-08:00", "2026-11-23T22:00-08:00"],
        1,
    ),
    "a missing local day that UTC would not have noticed": (
        [(None, "Asia/Tokyo")],
        ["2026-11-21T23:30+09:00", "2026-11-23T00:30+09:00"],
        1,
    ),
    "a flight to the east": (
        [("2026-11-20T08:00Z", "America/Los_Angeles"), ("2026-11-22T18:00Z", "Asia/Tokyo")],
        ["2026-11-21T20:00-08:00", "2026-11-22T10:00-08:00", "2026-11-23T21:00+09:00", "2026-11-24T07:00+09:00"],
        4,
    ),
    "a flight to the west": (
        [("2026-11-20T08:00Z", "Asia/Tokyo"), ("2026-11-22T20:00Z", "America/Los_Angeles")],
        ["2026-11-22T09:30+09:00", "2026-11-23T08:30+09:00", "2026-11-23T18:00-08:00", "2026-11-24T09:00-08:00"],
        3,
    ),
    "a move that makes no hole in the days before it": (
        [("2026-11-18T08:00Z", "Europe/Berlin"), ("2026-11-23T12:00Z", "Pacific/Kiritimati")],
        ["2026-11-20T23:30+01:00", "2026-11-21T08:00+01:00", "2026-11-22T23:00+01:00", "2026-11-23T12:00+01:00",
         "2026-11-24T18:00+14:00"],
        5,
    ),
}  # fmt: skip


def stored_zones(changes):
    if changes[0][0] is None:
        return {"timeZone": changes[0][1]}
    return {change_field(int(datetime.fromisoformat(at).timestamp() * 1000)): zone for at, zone in changes}


@pytest.mark.parametrize("story", STORIES)
def test_a_story_gives_the_same_streak_in_python_and_on_the_server(valkey, story):
    changes, moments, length = STORIES[story]
    calendar = Calendar.from_profile(stored_zones(changes))
    times = [int(datetime.fromisoformat(moment).timestamp() * 1000) for moment in moments]
    dates = [calendar.date_of(moment) for moment in times]
    assert streak(dates, today=dates[-1]).current == length
    for moment in reversed(times):
        increment_days_active(user_id="u1", at=moment)
    marks = valkey.client.hgetall("user:u1:active_days")
    assert dates_in(marks, calendar) == set(dates)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati", "America/Los_Angeles"]),
    minutes=st.lists(st.integers(0, 12 * 24 * 60), min_size=1, max_size=12),
)
def test_days_marked_one_by_one_in_any_order_equal_a_recomputation(valkey, zone, minutes):
    valkey.empty()
    base = 1_774_700_000_000  # 2026-03-28, just before summer time in Berlin
    times = [base + minute * 60_000 for minute in minutes]
    valkey.client.hset("user:u1:profile", "timeZone", zone)
    for moment in times:
        increment_days_active(user_id="u1", at=moment)
    calendar = Calendar.from_profile({"timeZone": zone})
    expected = {calendar.date_of(moment) for moment in times}
    assert dates_in(valkey.client.hgetall("user:u1:active_days"), calendar) == expected
    today = calendar.date_of(now_ms())
    assert selectors.dashboard(user_id="u1").stats.days_active == len(expected | {today})


def test_a_mood_added_later_for_a_missed_day_closes_the_gap_and_deleting_it_opens_it(valkey, trusted):
    now = now_ms()
    for ago in (0, 1, 3, 4):
        add_mood(user_id="u1", score=5, moment_ms=now - ago * DAY_MS, note="why" if ago else "")
    assert trusted.get("/api/streaks?userId=u1").json()["streaks"]["moodStreak"] == 2
    add_mood(user_id="u1", score=5, mood_id="late", moment_ms=now - 2 * DAY_MS)
    assert trusted.get("/api/streaks?userId=u1").json()["streaks"] == {
        "moodStreak": 5, "journalStreak": 1, "chatStreak": 0, "longestStreak": 5,
    }  # fmt: skip
    delete_mood(user_id="u1", entry=selectors.mood(user_id="u1", mood_id="late"))
    assert trusted.get("/api/streaks?userId=u1").json()["streaks"]["moodStreak"] == 2


def test_streaks_can_be_switched_off_and_on_again(valkey, trusted):
    add_mood(user_id="u1", score=5)
    hide_streaks(user_id="u1")
    off = trusted.get("/api/streaks?userId=u1").json()
    assert (off["enabled"], off["streaks"]["moodStreak"]) == (False, 0)
    show_streaks(user_id="u1")
    on = trusted.get("/api/streaks?userId=u1").json()
    assert (on["enabled"], on["streaks"]["moodStreak"]) == (True, 1)


def test_without_redis_the_last_known_streaks_are_shown(valkey, trusted):
    valkey.stop()
    add_mood(user_id="u1", score=5)
    shown = trusted.get("/api/streaks?userId=u1").json()
    assert (shown["stale"], shown["streaks"]["moodStreak"]) == (True, 1)
