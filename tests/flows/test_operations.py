"""The required operations, by name: on the real server, and on a Redis that fails twice and then works."""

import pytest
from django_redis import get_redis_connection

from accounts.models import Plan
from accounts.selectors import user_by_email, user_by_id
from accounts.services import change_plan, register_user
from dashboard import writes
from dashboard.selectors import user_stats
from dashboard.services import (
    create_user_stats,
    delete_user_stats,
    increment_days_active,
    record_conversation,
    update_mood_score,
)
from redis_models import connection
from redis_models.endpoint import Endpoint
from redis_models.health import monitor
from redis_models.operations.write import Outcome
from redis_models.writer import submit
from tests.support.proxy import SwallowingProxy

DAY_MS = 24 * 60 * 60 * 1000
SECRET = "nobody may read this"


@pytest.fixture(params=["a healthy Redis", "a Redis that fails twice"])
def proxy(request, valkey, settings, tmp_path):
    """None, or a proxy before the server that drops the replies to two commands once it is armed."""
    if request.param == "a healthy Redis":
        yield None
        return
    monitor.probe_once()  # reads the mark, so the operation is the first command
    made = SwallowingProxy(tmp_path / "proxy.sock", valkey.socket, failures=0)
    endpoint = Endpoint(url=f"unix://{made.path}", display="proxy", variable="REDIS_URL")
    settings.REDIS_ENDPOINT = endpoint
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": endpoint.url}}
    yield made
    made.close()


@pytest.fixture
def attempts(proxy, caplog):
    """Arm the proxy; return the list of the operations that were retried."""

    def arm():
        caplog.clear()
        if proxy is not None:
            get_redis_connection("default").connection_pool.disconnect()
            proxy.swallowed, proxy.failures = 0, 2

    def names():
        lines = [record.getMessage() for record in caplog.records if "— retrying." in record.getMessage()]
        assert SECRET not in caplog.text
        return [line.partition("operation=")[2].split()[0] for line in lines]

    names.arm = arm
    return names


@pytest.fixture
def tried(proxy, attempts):
    """Run an operation and assert that it was retried exactly as often as Redis failed."""

    def run(operation, named):
        attempts.arm()
        result = operation()
        assert attempts() == ([] if proxy is None else [named] * 2)
        return result

    return run


def test_register_user(tried, valkey):
    registered = tried(lambda: register_user(user_id="u1", email="a@example.com", name=SECRET), "accounts.register.1")
    assert not registered.is_pending
    assert valkey.client.hget("user:u1:profile", "name") == SECRET


def test_get_user_by_email(tried):
    register_user(user_id="u1", email="a@example.com")
    assert tried(lambda: user_by_email(email="A@example.com"), "accounts.owner.1").id == "u1"


def test_get_user_profile(tried):
    register_user(user_id="u1", email="a@example.com", name="Ann")
    assert tried(lambda: user_by_id(user_id="u1"), "accounts.profile.1").name == "Ann"


def test_update_user_plan(tried):
    register_user(user_id="u1", email="a@example.com")
    assert tried(lambda: change_plan(user_id="u1", plan=Plan.PREMIUM), "accounts.plan.1").reply == ("premium",)
    assert user_by_id(user_id="u1").plan is Plan.PREMIUM


def test_create_user_stats_never_overwrites(tried, valkey):
    valkey.client.hset(
        "user:u1:stats", mapping={"conversations": "7", "mood_score": "6.5", "days_active": "3", "plan": "Plus"}
    )
    tried(lambda: create_user_stats(user_id="u1"), "dashboard.touch.1")
    stored = valkey.client.hgetall("user:u1:stats")
    assert (stored["conversations"], stored["mood_score"], stored["days_active"], stored["plan"]) == (
        "7",
        "6.5",
        "3",
        "Plus",
    )


def test_create_user_stats_of_a_new_user(tried, valkey):
    tried(lambda: create_user_stats(user_id="u1"), "dashboard.touch.1")
    stored = valkey.client.hgetall("user:u1:stats")
    assert (stored["conversations"], stored["recent_conversations"], stored["plan"]) == ("0", "[]", "Free")


def test_get_user_stats(tried):
    record_conversation(user_id="u1", conversation_id="c1", summary="Monday")
    stats = tried(lambda: user_stats(user_id="u1"), "dashboard.dashboard.1")
    assert (stats.conversations, stats.recent_conversations[0].summary) == (1, "Monday")


def test_increment_conversations_counts_each_once(tried):
    tried(lambda: record_conversation(user_id="u1", conversation_id="c1", summary=SECRET), "dashboard.conversation.1")
    record_conversation(user_id="u1", conversation_id="c1", summary=SECRET)
    assert user_stats(user_id="u1").conversations == 1


def test_add_recent_conversation_keeps_the_three_newest(tried):
    for number in range(4):
        record_conversation(
            user_id="u1", conversation_id=f"c{number}", summary=f"Chat {number}", at=1_795_423_341_000 + number
        )
    newest = {"user_id": "u1", "conversation_id": "c9", "summary": "Newest", "at": 1_795_423_342_000}
    tried(lambda: record_conversation(**newest), "dashboard.conversation.1")
    recent = user_stats(user_id="u1").recent_conversations
    assert [each.summary for each in recent] == ["Newest", "Chat 3", "Chat 2"]


def test_increment_days_active_counts_a_day_once(tried, valkey):
    today = 1_795_423_341_000
    tried(lambda: increment_days_active(user_id="u1", at=today), "dashboard.touch.1")
    increment_days_active(user_id="u1", at=today + 1000)
    increment_days_active(user_id="u1", at=today - DAY_MS)
    assert valkey.client.hget("user:u1:stats", "days_active") == "2"


def test_update_mood_score_keeps_the_latest(tried, valkey):
    late = {"user_id": "u1", "score": 7, "note": SECRET, "mood_id": "m2", "at": 1_795_423_342_000}
    tried(lambda: update_mood_score(**late), "dashboard.mood.1")
    update_mood_score(user_id="u1", score=2.5, at=1_795_423_341_000)
    assert user_stats(user_id="u1").mood_score == 7
    assert valkey.client.zcard("user:u1:mood_history") == 2


def test_delete_user_stats(tried, valkey, proxy):
    record_conversation(user_id="u1", conversation_id="c1", summary=SECRET)
    valkey.client.hset("user:u1:stats", mapping={"conversations_base": 7, "days_active_base": 3, "mood_score": 4})
    receipt = tried(lambda: delete_user_stats(user_id="u1"), "dashboard.delete.1")
    assert receipt.outcome is Outcome.APPLIED
    stored = valkey.client.hgetall("user:u1:stats")
    assert (stored["conversations"], stored["days_active"], stored["mood_score"]) == ("1", "0", "0")


def test_a_deletion_of_the_stats_that_is_repeated_late_removes_nothing_newer(valkey):
    at = 1_795_423_341_000
    submit(writes.deletion(user_id="u1", at=at))
    valkey.client.hset("user:u1:stats", "conversations_base", "7")
    for repeated_at in (at, at - 1):
        assert submit(writes.deletion(user_id="u1", at=repeated_at)).outcome is Outcome.DUPLICATE
    assert valkey.client.hget("user:u1:stats", "conversations_base") == "7"


def test_health_check(tried):
    assert tried(connection.round_trip, "health-check") == {"set": True, "get": True, "delete": True}
