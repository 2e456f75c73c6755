"""Fixtures of the Redis layer's own tests."""

import pytest

from redis_models.write import Read, Write


@pytest.fixture
def plan_write():
    """Build one of the simplest real writes."""

    def build(user_id="u1", plan="plus", at=1_795_423_341_000, **fields):
        keys = (f"user:{user_id}:erased", f"user:{user_id}:profile")
        return Write(user_id, "accounts.plan.1", keys, (plan,), at, **fields)

    return build


@pytest.fixture
def profile_read():
    """Build one of the simplest real reads."""

    def build(user_id="u1"):
        return Read(user_id, "accounts.profile.1", (f"user:{user_id}:profile",))

    return build
