"""Fixtures with signed-in users."""

import pytest

from tests.support.people import sign_up


@pytest.fixture
def ann(valkey):
    """A user who signed up and in."""
    return sign_up("ann@example.com")
