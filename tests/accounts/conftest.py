"""People who sign in."""

import pytest

from tests.support.people import sign_up


@pytest.fixture
def ann(valkey):
    """Somebody who signed up and in."""
    return sign_up("ann@example.com")
