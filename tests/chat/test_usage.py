"""Daily limits: exact for parallel messages, by the user's own day, and still enforced while Redis is away."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from accounts.calendar import Calendar
from accounts.models import Plan
from accounts.services import change_plan
from chat import writes
from chat.usage import LIMITS, count_message, give_back, usage
from redis_models.background import housekeeping
from redis_models.health import monitor
from redis_models.health.clock import now_ms
from redis_models.replay.drain import drain
from redis_models.writer import submit

UTC_CALENDAR = Calendar()


def send(number, *, user_id="u1", calendar=UTC_CALENDAR, **options):
    return count_message(user_id=user_id, message_id=f"r{number}", calendar=calendar, **options)


def ms(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(("plan", "limit"), [(Plan.FREE, 5), (Plan.PLUS, 50)])
def test_parallel_messages_pass_exactly_up_to_the_limit(valkey, settings, plan, limit):
    settings.AIRA_REQUEST_BUDGET_S = None
    change_plan(user_id="u1", plan=plan)
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(send, range(limit + 15)))
    assert sum(counted.is_allowed for counted in found) == limit
    assert usage(user_id="u1")[0].used == limit
    refused = next(counted.usage for counted in found if not counted.is_allowed)
    assert (refused.limit, refused.remaining, refused.is_allowed) == (limit, 0, False)


def test_premium_has_no_limit(valkey):
    change_plan(user_id="u1", plan=Plan.PREMIUM)
    assert all(send(number).is_allowed for number in range(60))
    found = usage(user_id="u1")[0]
    assert (found.used, found.limit, found.remaining, found.is_allowed) == (60, None, None, True)


def test_a_message_that_is_counted_again_counts_once(valkey):
    for _ in range(3):
        assert send(1).is_allowed
    assert usage(user_id="u1")[0].used == 1


def test_a_message_that_was_given_back_leaves_room_for_another(valkey):
    counted = [send(number) for number in range(5)]
    assert not send(5).is_allowed
    for _ in range(2):
        give_back(user_id="u1", counted=counted[0])
    assert usage(user_id="u1")[0].used == 4
    send(0)  # the write that counts the message is applied again, late
    assert usage(user_id="u1")[0].used == 4
    assert send(5).is_allowed
    assert not send(6).is_allowed


@pytest.mark.parametrize(
    ("zone", "first", "second", "used"),
    [
        ("UTC", "2026-11-24T23:59:59+00:00", "2026-11-25T00:00:00+00:00", 1),
        ("Asia/Tokyo", "2026-11-24T23:59:59+00:00", "2026-11-25T00:00:00+00:00", 2),
        ("Asia/Tokyo", "2026-11-24T14:59:59+00:00", "2026-11-24T15:00:00+00:00", 1),
        ("America/Los_Angeles", "2026-11-25T00:00:00+00:00", "2026-11-25T07:59:59+00:00", 2),
    ],
)
def test_a_day_is_the_users_own(valkey, zone, first, second, used):
    calendar = Calendar.from_profile({"timeZone": zone})
    send(1, calendar=calendar, at=ms(first))
    assert send(2, calendar=calendar, at=ms(second)).usage.used == used


def test_usage_is_that_of_the_users_today_and_says_when_it_resets(valkey, trusted):
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        valkey.client.hset(f"user:{zone[8:12]}:profile", "timeZone", zone)
        calendar = Calendar.from_profile({"timeZone": zone})
        send(1, user_id=zone[8:12], calendar=calendar)
        shown = trusted.get(f"/api/user/usage?userId={zone[8:12]}").json()
        assert shown["used"] == 1
        assert ms(shown["resetsAt"]) == calendar.midnight_after(now_ms())


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_zone_that_is_changed_today_changes_neither_the_day_nor_when_it_ends(valkey, trusted, zone):
    user = {"x-user-id": "u1"}
    trusted.post("/api/auth/register-user", {"userId": "u1", "email": "a@example.com"}, format="json")
    before = usage(user_id="u1")[0]
    send(1, calendar=usage(user_id="u1")[1])
    assert trusted.patch("/api/v1/users/me", {"timeZone": zone}, format="json", headers=user).status_code == 200
    found, calendar, _ = usage(user_id="u1")
    assert (found.used, found.resets_ms) == (1, before.resets_ms)
    assert calendar.date_of(found.resets_ms - 1) < calendar.date_of(found.resets_ms + 13 * 3_600_000)
    assert calendar.zone_at(found.resets_ms) == ZoneInfo(zone)


def test_counts_of_old_days_are_removed(valkey):
    day = 86_400_000
    for number in range(12):
        send(number, at=now_ms() - (11 - number) * day)
    send("late", at=now_ms() - 20 * day)
    assert valkey.client.zcard("user:u1:usage") == 8


def come_back(valkey):
    valkey.start()
    monitor.probe_once()
    drain()


def test_while_redis_is_away_the_known_plan_limits_messages_and_they_are_counted_afterwards(valkey):
    usage(user_id="u1")
    housekeeping.housekeep_once()
    valkey.stop()
    limits = usage(user_id="u1")[0].limits
    assert [send(number, limits=limits).is_allowed for number in range(7)] == [True] * 5 + [False] * 2
    found, _, answer = usage(user_id="u1")
    assert (found.used, found.is_plan_known, answer.is_live) == (5, True, False)
    come_back(valkey)
    assert usage(user_id="u1")[0].used == 5
    day = UTC_CALENDAR.date_of(now_ms()).toordinal()
    late = writes.count(user_id="u1", message_id="elsewhere", day=day, limits=LIMITS, at=now_ms())
    submit(replace(late, acknowledged=True))
    assert usage(user_id="u1")[0].used == 6, "a message that another host allowed is counted, even above the limit"


@pytest.mark.parametrize("plan", Plan)
def test_in_an_outage_an_unknown_plan_has_the_highest_limit_and_messages_are_counted_afterwards(valkey, trusted, plan):
    valkey.client.hset("user:u1:profile", "plan", plan)  # written by another host
    valkey.stop()
    shown = trusted.get("/api/v1/usage", headers={"x-user-id": "u1"}).json()
    assert (shown["limit"], shown["planKnown"], shown["stale"]) == (50, False, True)
    limits = usage(user_id="u1")[0].limits
    assert [send(number, limits=limits).is_allowed for number in range(52)] == [True] * 50 + [False] * 2
    come_back(valkey)
    found = usage(user_id="u1")[0]
    assert (found.plan, found.used, found.is_plan_known) == (plan, 50, True)
    assert found.is_allowed is (plan is Plan.PREMIUM)


def test_a_plan_read_just_before_an_outage_is_used_during_it(valkey):
    valkey.client.hset("user:u1:profile", "plan", "plus")
    limits = usage(user_id="u1")[0].limits
    valkey.stop()
    assert all(send(number, limits=limits).is_allowed for number in range(6))


def test_both_chat_endpoints_allow_messages_in_an_outage(valkey, trusted):
    user = {"x-user-id": "u1"}
    valkey.stop()
    body = {"messages": [{"role": "user", "content": "hello"}]}
    assert {trusted.post("/api/chat", body, format="json", headers=user).status_code for _ in range(6)} == {200}
    replies = [
        trusted.post("/api/v1/conversations/c1/replies", {"content": "hello"}, format="json", headers=user)
        for _ in range(2)
    ]
    assert all(b"event: done" in reply.getvalue() for reply in replies)
    assert usage(user_id="u1")[0].used == 8
