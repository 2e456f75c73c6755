"""The shapes of the registry's requests and responses."""

from typing import Any

from accounts.services import Registered
from accounts.shapes import profile_out
from api.answers.write_state import pending_out


def registered_out(registered: Registered) -> dict[str, Any]:
    """Return the answer to a registration; a pending one says so."""
    return {
        "success": True,
        "message": "User registered successfully",
        "user": profile_out(registered.profile),
        **pending_out(registered.receipt),
    }
