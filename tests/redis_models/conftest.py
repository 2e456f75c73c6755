"""Fixtures of the Redis layer's own tests."""

import pytest

from redis_models import health
from redis_models.write import Read


@pytest.fixture
def profile_read():
    """Build one of the simplest real reads."""

    def build(user_id="u1"):
        return Read(user_id, "accounts.profile.1", (f"user:{user_id}:profile",))

    return build


@pytest.fixture
def away(valkey):
    """Stop the server; call the returned function to bring it back."""
    valkey.stop()

    def back():
        valkey.start()
        health.probe_once()

    return back
