"""The shapes of the registry's requests and responses."""

from typing import Any

from accounts.models import UserProfile
from accounts.services import Registered
from api.pending import pending_out
from redis_models.reader import Answer
from redis_models.schema.codec import iso


def profile_out(profile: UserProfile) -> dict[str, Any]:
    """Return the contract's user: joinedAt as ISO 8601 and, the same moment, createdAt in ms."""
    joined_at = profile.joined_at
    return {
        "id": profile.id,
        "email": profile.email,
        "name": profile.name,
        "plan": profile.plan,
        "joinedAt": iso(joined_at) if joined_at else None,
        "createdAt": round(joined_at.timestamp() * 1000) if joined_at else None,
    }


def stale_out(answer: Answer) -> dict[str, Any]:
    """Return the flags of an answer that does not come from Redis; nothing for one that does."""
    return {} if answer.is_live else {"redisHealthy": False, "stale": True, "pending": answer.pending}


def registered_out(registered: Registered) -> dict[str, Any]:
    """Return the answer to a registration; a pending one says so."""
    return {
        "success": True,
        "message": "User registered successfully",
        "user": profile_out(registered.profile),
        **pending_out(registered.receipt),
    }


def profile_row(profile: UserProfile) -> dict[str, Any]:
    """Return a user as the commands show it."""
    return {
        "id": profile.id,
        "email": profile.email,
        "name": profile.name,
        "plan": profile.plan.value,
        "joinedAt": iso(profile.joined_at) if profile.joined_at else None,
    }
