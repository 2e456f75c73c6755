import pytest

from accounts import writes
from accounts.models import Plan
from accounts.services import change_plan, delete_user, register_user
from chat.models import Message
from chat.services import save_conversation
from redis_models.errors import Conflict, Invalid, RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.journal import journal
from redis_models.writer import submit
from tests.support.people import TEXT

MESSAGE = Message("1", "user", TEXT, "2026-11-23T08:00:00.000Z")


def test_an_older_write_does_not_bring_back_an_erased_user(valkey):
    register_user(user_id="u1", email="a@example.com", at=1_795_423_341_000)
    delete_user(user_id="u1")
    with pytest.raises(Conflict, match="was erased"):
        register_user(user_id="u1", email="a@example.com", at=1_795_423_341_000)
    assert valkey.data_keys() == ["user:u1:erased"]


def test_an_erased_user_may_register_again(valkey):
    register_user(user_id="u1", email="a@example.com")
    delete_user(user_id="u1")
    erased_at = int(valkey.client.get("user:u1:erased"))
    assert not register_user(user_id="u1", email="a@example.com", at=erased_at + 1).is_pending
    assert valkey.client.get("email:a@example.com:userId") == "u1"


def test_erasing_keeps_an_email_that_belongs_to_another_user(valkey):
    register_user(user_id="u1", email="a@example.com")
    valkey.client.set("email:a@example.com:userId", "u2")
    delete_user(user_id="u1")
    assert valkey.client.get("email:a@example.com:userId") == "u2"


def test_erasing_continues_where_it_was_interrupted(valkey):
    register_user(user_id="u1", email="a@example.com")
    for number in range(3):
        save_conversation(user_id="u1", messages=[MESSAGE], conversation_id=f"c{number}")
    begun_at = now_ms() + 20_000
    submit(writes.erasure_begin(user_id="u1", at=begun_at))
    assert delete_user(user_id="u1").conversations == 3
    assert valkey.data_keys() == ["user:u1:erased"]
    assert valkey.client.get("user:u1:erased") == str(begun_at)


def test_a_conversation_saved_during_an_erasure_is_removed(valkey):
    register_user(user_id="u1", email="a@example.com")
    save_conversation(user_id="u1", messages=[MESSAGE], conversation_id="c1")
    late = []

    def save_one_more(_):
        if not late:
            late.append(1)
            save_conversation(user_id="u1", messages=[MESSAGE], conversation_id="late", at=9_795_423_341_000)

    assert delete_user(user_id="u1", on_batch=save_one_more).conversations == 2


def test_erasing_does_not_end_before_all_conversations_are_removed(valkey):
    save_conversation(user_id="u1", messages=[MESSAGE], conversation_id="c1")
    assert submit(writes.erasure_end(user_id="u1", email="", at=1)).outcome == "conflict"
    assert valkey.client.exists("user:u1:stats")


def test_erasing_needs_redis_and_removes_the_users_rows_from_the_journal(valkey):
    register_user(user_id="u1", email="a@example.com")
    journal().rows.keep(writes.plan_change(user_id="u1", plan="plus", at=1), row_id=None)
    valkey.stop()
    with pytest.raises(RedisUnavailable):
        delete_user(user_id="u1")
    assert journal().admin.status().pending == 1
    valkey.start()
    from redis_models.health import monitor

    monitor.probe_once()
    delete_user(user_id="u1")
    assert journal().admin.status().pending == 0


def test_the_latest_change_of_a_plan_stands(valkey):
    change_plan(user_id="u1", plan=Plan.PREMIUM, at=1_795_423_342_000)
    assert change_plan(user_id="u1", plan=Plan.FREE, at=1_795_423_341_000).reply == ("premium",)


def test_a_plan_chosen_before_registering_is_kept(valkey):
    change_plan(user_id="u1", plan=Plan.PLUS)
    assert register_user(user_id="u1", email="a@example.com").profile.plan is Plan.PLUS


@pytest.mark.parametrize("name", ["gold", "", None, 5])
def test_an_unknown_plan_is_refused(name):
    with pytest.raises(Invalid, match="Plan must be one of: Free, Plus, Premium"):
        Plan.named(name)


def test_profiles_of_the_old_server_can_be_read_and_changed(valkey):
    from accounts.selectors import user_by_email

    live = {
        "id": "u1",
        "email": "a@example.com",
        "name": "Ann",
        "plan": "premium",
        "joinedAt": "2025-01-01T00:00:00.000Z",
    }
    valkey.client.hset("user:u1:profile", mapping=live)
    valkey.client.set("email:a@example.com:userId", "u1")
    assert user_by_email(email="a@example.com").plan is Plan.PREMIUM
    registered = register_user(user_id="u1", email="a@example.com", name="Anna")
    assert (registered.profile.plan, registered.profile.name) == (Plan.PREMIUM, "Anna")
    assert valkey.client.hget("user:u1:profile", "joinedAt") == "2025-01-01T00:00:00.000Z"
