"""Moods, streaks, the dashboard, plans and usage under /api/v1."""

import pytest

from api.answers.pages import Cursor, encoded
from dashboard.services import add_mood
from redis_models.health.clock import now_ms
from redis_models.schema.codec import iso_from_ms

HOUR_MS = 3_600_000


@pytest.fixture
def api(trusted):
    def call(method, path, body=None, **headers):
        given = {} if body is None else {"data": body, "format": "json"}
        return getattr(trusted, method)(f"/api/v1/{path}", headers={"x-user-id": "u1"} | headers, **given)

    return call


def test_a_mood_is_noted_read_corrected_and_deleted(valkey, api):
    made = api("post", "moods", {"score": 6.5, "note": "slept\nok", "tags": ["sleep"]})
    assert (made.status_code, made.json()["state"]) == (201, "stored")
    place = f"moods/{made.json()['id']}"
    assert made["Location"] == f"/api/v1/{place}"
    read = api("get", place)
    assert {key: read.json()[key] for key in ("score", "note", "tags")} == {
        "score": 6.5,
        "note": "slept\nok",
        "tags": ["sleep"],
    }
    earlier = iso_from_ms(now_ms() - 30 * HOUR_MS)
    changed = api("patch", place, {"score": 3, "timestamp": earlier}, **{"if-match": read["ETag"]}).json()
    assert (changed["score"], changed["note"], changed["timestamp"]) == (3, "slept\nok", earlier)
    assert api("patch", place, {"score": 1}, **{"if-match": read["ETag"]}).status_code == 412
    assert api("get", "dashboard").json()["moodScore"] == 3
    assert api("delete", place).json()["state"] == "stored"
    assert api("get", place).status_code == 404
    again = api("post", "moods", {"id": made.json()["id"], "score": 5})
    assert (again.status_code, again.json()["detail"]) == (409, "The mood entry was deleted")


def test_the_same_request_again_is_the_same_entry(valkey, api):
    first, second = (api("post", "moods", {"score": 5}, **{"idempotency-key": "k"}).json() for _ in range(2))
    assert first == second
    assert valkey.client.zcard("user:u1:mood_history") == 1


def test_pages_show_every_entry_once_newest_first_also_of_one_moment(valkey, api):
    now = now_ms()
    for number in range(25):
        add_mood(user_id="u1", score=number % 10, mood_id=f"m{number:02}", moment_ms=now - number // 10 * HOUR_MS)
    seen, cursor = [], ""
    while cursor is not None:
        page = api("get", f"moods?limit=4{cursor and f'&cursor={cursor}'}").json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["nextCursor"]
    assert sorted(seen) == [f"m{number:02}" for number in range(25)]
    assert [each[1] for each in seen] == ["0"] * 10 + ["1"] * 10 + ["2"] * 5
    assert page["days"] == 7


def test_a_range_selects_by_time(valkey, api):
    now = now_ms()
    for number in range(6):
        add_mood(user_id="u1", score=5, mood_id=f"m{number}", moment_ms=now - number * HOUR_MS)
    since, until = iso_from_ms(now - 4 * HOUR_MS), iso_from_ms(now - 2 * HOUR_MS)
    found = api("get", f"moods?from={since}&until={until}").json()["items"]
    assert [item["id"] for item in found] == ["m2", "m3", "m4"]
    second = api("get", f"moods?from={since}&limit=2&cursor={encoded(Cursor('next', (now - HOUR_MS, 'm1')))}").json()
    assert [item["id"] for item in second["items"]] == ["m2", "m3"]


def test_statistics_are_figures_and_sentences_with_their_numbers(valkey, api):
    now = now_ms()
    for number, (score, tags) in enumerate([(8, ["walk"]), (9, ["walk"]), (3, []), (4, [])]):
        add_mood(user_id="u1", score=score, tags=tags, moment_ms=now - number * 1000)
    found = api("get", "moods/statistics").json()
    assert (found["average"], found["highest"], found["lowest"], found["trend"]) == (6, 9, 3, "improving")
    assert sum(day["entries"] for day in found["byWeekday"]) == 4
    assert [each["entries"] for each in found["distribution"]] == [0, 1, 1, 0, 2]
    assert [each["average"] is None for each in found["distribution"]] == [True, False, False, True, False]
    assert found["tags"] == [{"tag": "walk", "average": 8.5, "entries": 2, "averageWithout": 3.5}]
    assert found["byDay"][-1]["label"] in ("Good", "Moderate", "Excellent")
    assert all(insight["numbers"] for insight in found["insights"])
    assert len(found["insights"]) == 3


def test_without_entries_statistics_say_nothing(valkey, api):
    found = api("get", "moods/statistics").json()
    assert (found["totalEntries"], found["insights"], found["byDay"]) == (0, [], [])


def test_streaks_are_explained_by_their_days_and_can_be_switched_off(valkey, api):
    add_mood(user_id="u1", score=5, note="x")
    found = api("get", "streaks").json()
    mood = found["streaks"]["mood"]
    assert (found["enabled"], mood["current"], len(mood["days"]), mood["todayCounts"]) == (True, 1, 1, True)
    assert "counts" in mood["why"]
    assert set(found["streaks"]) == {"active", "mood", "journal", "chat"}
    assert api("patch", "streaks", {"enabled": False}).json() == {"enabled": False, "state": "stored"}
    assert api("get", "streaks").json() == {"enabled": False, "streaks": {}}
    api("patch", "streaks", {"enabled": True})
    assert api("get", "streaks").json()["streaks"]["mood"]["current"] == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("post", "moods", {}, "score"),
        ("post", "moods", {"score": "5"}, "score"),
        ("post", "moods", {"score": 10.5}, "score"),
        ("post", "moods", {"score": 5, "tags": [""]}, "tags"),
        ("post", "moods", {"score": 5, "timestamp": "soon"}, "timestamp"),
        ("post", "moods", {"score": 5, "mood_score": 9}, "mood_score"),
        ("get", "moods?from=x", None, "from"),
        ("get", "moods/statistics?days=0", None, "days"),
        ("get", f"moods?cursor={encoded(Cursor('previous', (1, 'a')))}", None, "cursor"),
        ("patch", "streaks", {"enabled": "no"}, "enabled"),
    ],
)
def test_invalid_input_is_a_problem_that_names_the_field(valkey, api, method, path, body, field):
    response = api(method, path, body)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, field)
    assert valkey.keys() == []


def test_a_mood_with_a_future_time_is_refused(valkey, api):
    response = api("post", "moods", {"score": 5, "timestamp": "2090-01-01T00:00:00Z"})
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


def test_an_empty_correction_changes_nothing(valkey, api):
    api("post", "moods", {"score": 5, "id": "m1"})
    stored = valkey.client.hgetall("user:u1:moods")
    assert api("patch", "moods/m1", {}).json()["state"] == "stored"
    assert valkey.client.hgetall("user:u1:moods") == stored


def test_missing_objects_are_not_found(valkey, api):
    for method, body in (("get", None), ("patch", {"score": 1}), ("delete", None)):
        assert api(method, "moods/m9", body).status_code == 404


def test_the_dashboard_plans_and_usage_use_the_names_of_v1(valkey, api, client):
    shown = api("get", "dashboard").json()
    assert (shown["daysActive"], shown["plan"], shown["redisHealthy"], shown["recentConversations"]) == (
        1,
        "free",
        True,
        [],
    )
    plans = client.get("/api/v1/plans").json()["items"]
    assert plans[0] == {"plan": "free", "messagesADay": 5, "moodDays": 7}
    assert plans[2] == {"plan": "premium", "messagesADay": None, "moodDays": None}
    usage = api("get", "usage").json()
    assert (usage["used"], usage["remaining"], usage["limit"]) == (0, 5, 5)
    assert "success" not in usage


def test_without_redis_writes_are_pending_and_shown(valkey, api):
    valkey.stop()
    made = api("post", "moods", {"score": 5, "id": "m1"})
    assert (made.status_code, made.json()["state"]) == (202, "pending")
    assert api("patch", "moods/m1", {"score": 6}).status_code == 202
    assert api("patch", "streaks", {"enabled": False}).status_code == 202
    page = api("get", "moods").json()
    assert ([item["score"] for item in page["items"]], page["stale"]) == ([6], True)
    assert api("get", "dashboard").json()["stale"] is True
