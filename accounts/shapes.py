"""Users, as both APIs and the commands show them."""

from typing import Annotated, Any, Self

from accounts.models import Plan, UserProfile
from api.answers.shapes import Moment, Shape, about
from redis_models.schema.codec import iso


class UserOut(Shape, frozen=True, kw_only=True):
    """A user."""

    id: Annotated[str, about("The user's id.", "user_4t7r2w9q5e8y1u3i6o0p")]
    email: Annotated[str, about("The user's email.", "ann@example.com")]
    name: Annotated[str, about("The user's display name.", "Ann")]
    plan: Annotated[Plan, about("The user's plan.", "free")]
    joined_at: Annotated[Moment | None, about("When the user registered; null if that is not known.")]
    created_at: Annotated[int | None, about("The same moment, in ms since 1970-01-01 UTC.", 1795420800000)]

    @classmethod
    def of(cls, profile: UserProfile, **more: Any) -> Self:
        """Return the answer for a user."""
        joined_at = profile.joined_at
        return cls(
            id=profile.id,
            email=profile.email,
            name=profile.name,
            plan=profile.plan,
            joined_at=iso(joined_at) if joined_at else None,
            created_at=round(joined_at.timestamp() * 1000) if joined_at else None,
            **more,
        )


def profile_row(profile: UserProfile) -> dict[str, Any]:
    """Return a user as the commands print it."""
    return {
        "id": profile.id,
        "email": profile.email,
        "name": profile.name,
        "plan": profile.plan.value,
        "joinedAt": iso(profile.joined_at) if profile.joined_at else None,
    }
