"""Requests and answers of the existing API of the user registry."""

from typing import Annotated, Self

from msgspec import UNSET, UnsetType

from accounts.models import Plan
from accounts.services import Registered
from accounts.shapes import UserOut
from api.answers.shapes import AcceptedOut, Shape, about
from api.answers.write_state import pending_out


class RegisteredAnswer(AcceptedOut, frozen=True, kw_only=True):
    """A user who was registered."""

    message: Annotated[str, about("What happened.", "User registered successfully")] = "User registered successfully"
    user: Annotated[UserOut, about("The user.")]

    @classmethod
    def of(cls, registered: Registered) -> Self:
        """Return the answer to a registration."""
        return cls(user=UserOut.of(registered.profile), **pending_out(registered.receipt))


class PlanAnswer(Shape, frozen=True, kw_only=True):
    """The plan of an email's owner."""

    plan: Annotated[Plan, about("The plan; free if the email is not known.", "plus")]
    found: Annotated[bool, about("Whether the email is known.", True)]


class RegistrationIn(Shape, frozen=True, kw_only=True):
    """A registration."""

    user_id: Annotated[str | UnsetType, about("The user's id; if it is left out, the caller's own id.", "u1")] = UNSET
    email: Annotated[str, about("The user's email.", "ann@example.com")]
    name: Annotated[str | UnsetType, about("The user's display name.", "Ann")] = UNSET
    plan: Annotated[str | UnsetType, about("The plan; ignored without a service key.", "Free")] = UNSET
