"""The user registry's Redis models."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from redis_models.errors import Invalid
from redis_models.schema.model import HashModel, stored_as


class Plan(StrEnum):
    """A plan as the profile stores it; the dashboard shows it with a capital letter."""

    FREE = "free"
    PLUS = "plus"
    PREMIUM = "premium"

    @classmethod
    def named(cls, name: object) -> "Plan":
        """Return the plan with that name, in upper or lower case; raises Invalid."""
        try:
            return cls(name.lower() if isinstance(name, str) else "")
        except ValueError:
            raise Invalid("Plan must be one of: Free, Plus, Premium") from None

    @classmethod
    def stored(cls, text: str | None) -> "Plan":
        """Return the plan that a profile stores; free if it stores none or an unknown one."""
        return cls(text) if text in list(cls) else cls.FREE


@dataclass(frozen=True, slots=True)
class UserProfile(HashModel):
    """`user:{id}:profile`: a user's profile. The plan is stored here and nowhere else."""

    id: str
    email: str
    name: str = ""
    plan: Plan = Plan.FREE
    joined_at: datetime | None = stored_as("joinedAt", default=None)
    time_zone: str = stored_as("timeZone", default="")
    email_wanted: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """The hash of a user's password, and the time (ms) at which it was set."""

    encoded: str
    at: int

    def __repr__(self) -> str:
        return f"Credential(at={self.at})"


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session of `user:{id}:sessions`, as its user sees it; `browser` is empty if it is not known."""

    id: str
    created_ms: int
    refreshed_ms: int
    browser: str
