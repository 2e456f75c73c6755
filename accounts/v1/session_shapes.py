"""Signing up, in and out, as /api/v1 answers."""

from typing import Annotated, Self

from msgspec import UNSET, UnsetType

from accounts.credentials.sessions import SignedIn
from accounts.credentials.tokens import ACCESS_LIFE_S
from api.answers.shapes import Shape, about


class SignedUpOut(Shape, frozen=True, kw_only=True):
    """What is told of a sign-up: the same whether the email was free or not."""

    message: Annotated[str, about("What to do next.", "If the email was free, the account exists now: sign in.")]


class SignedInOut(Shape, frozen=True, kw_only=True):
    """A session. The tokens are left out if they went into cookies."""

    user_id: Annotated[str, about("Who is signed in.", "user_4t7r2w9q5e8y1u3i6o0p")]
    token_type: Annotated[str, about("How the access token is sent.", "Bearer")] = "Bearer"  # noqa: S105 (a scheme)
    expires_in: Annotated[int, about("Seconds for which the access token is good.", 900)] = ACCESS_LIFE_S
    rotated: Annotated[bool, about("False while Redis is away: the refresh token stays as it is.", True)]
    access_token: Annotated[str | UnsetType, about("Proves who calls.", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln")] = UNSET
    refresh_token: Annotated[str | UnsetType, about("Gives new tokens, once.", "r1.dXNlcg.c2VjcmV0")] = UNSET

    @classmethod
    def of(cls, signed_in: SignedIn, *, transport: str) -> Self:
        """Return the session as it is shown."""
        is_in_cookies = transport == "cookie"
        return cls(
            user_id=signed_in.session.user_id,
            rotated=signed_in.is_rotated,
            access_token=UNSET if is_in_cookies else signed_in.access_token,
            refresh_token=UNSET if is_in_cookies else signed_in.refresh_token,
        )
