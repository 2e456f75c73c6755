"""The user registry's Redis models."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from redis_models.errors import Invalid
from redis_models.schema.model import HashModel, stored_as


class Plan(StrEnum):
    """What a user has subscribed to, as the profile keeps it; the dashboard writes it with a capital letter."""

    FREE = "free"
    PLUS = "plus"
    PREMIUM = "premium"

    @classmethod
    def named(cls, name: object) -> "Plan":
        """Return the plan of that name in any case; raises Invalid."""
        try:
            return cls(name.lower() if isinstance(name, str) else "")
        except ValueError:
            raise Invalid("Plan must be one of: Free, Plus, Premium") from None

    @classmethod
    def stored(cls, text: str | None) -> "Plan":
        """Return the plan that a profile holds; free where it holds none that exists."""
        return cls(text) if text in list(cls) else cls.FREE


@dataclass(frozen=True, slots=True)
class UserProfile(HashModel):
    """`user:{id}:profile`: who a user is. The plan's one truth is here."""

    id: str
    email: str
    name: str = ""
    plan: Plan = Plan.FREE
    joined_at: datetime | None = stored_as("joinedAt", default=None)
    time_zone: str = stored_as("timeZone", default="")
