"""A user as both APIs and the commands show it."""

from typing import Any

from accounts.models import UserProfile
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


def profile_row(profile: UserProfile) -> dict[str, Any]:
    """Return a user as the commands show it."""
    return {
        "id": profile.id,
        "email": profile.email,
        "name": profile.name,
        "plan": profile.plan.value,
        "joinedAt": iso(profile.joined_at) if profile.joined_at else None,
    }
