import pytest

from accounts.models import Plan
from accounts.services import change_plan, register_user
from redis_models.errors import Invalid


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
