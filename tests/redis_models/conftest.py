"""Fixtures of the Redis layer's own tests."""

import pytest

from redis_models import health
from redis_models.endpoint import Endpoint
from redis_models.write import Read


@pytest.fixture
def connect_to(settings):
    """Point the client at another endpoint, or at the same one with other settings of the policy."""

    def connect(endpoint: Endpoint | None = None, **policy):
        for name, value in policy.items():
            setattr(settings, name, value)
        if endpoint is not None:
            settings.REDIS_ENDPOINT = endpoint
        cache = settings.CACHES["default"] | {"LOCATION": settings.REDIS_ENDPOINT.url}
        settings.CACHES = {"default": cache}

    return connect


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
