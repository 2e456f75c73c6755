"""Answers to signing up, in and out, under /api/v1."""

from typing import Annotated, Self

from msgspec import UNSET, UnsetType

from accounts.credentials.sessions import SignedIn
from accounts.credentials.tokens import ACCESS_LIFE_S
from accounts.models import OpenSession
from api.answers.shapes import Moment, Shape, about
from redis_models.schema.codec import iso_from_ms


class SignedUpOut(Shape, frozen=True, kw_only=True):
    """The answer to a sign-up, which is the same whether the email was free or not."""

    message: Annotated[str, about("What to do next.", "If the email was free, the account exists now: sign in.")]


class MailAskedOut(Shape, frozen=True, kw_only=True):
    """The answer to asking for a mail, which is the same for every email."""

    message: Annotated[str, about("What to do next.", "If the email is known here, a mail with a link is on its way.")]


class SignedInOut(Shape, frozen=True, kw_only=True):
    """A session. The tokens are left out if they went into cookies."""

    user_id: Annotated[str, about("Who is signed in.", "user_4t7r2w9q5e8y1u3i6o0p")]
    token_type: Annotated[str, about("How the access token is sent.", "Bearer")] = "Bearer"  # noqa: S105 (a scheme)
    expires_in: Annotated[int, about("The lifetime of the access token, in seconds.", 900)] = ACCESS_LIFE_S
    rotated: Annotated[bool, about("False while Redis is away: the refresh token was not replaced.", True)]
    access_token: Annotated[str | UnsetType, about("The access token.", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln")] = UNSET
    refresh_token: Annotated[
        str | UnsetType, about("The refresh token; it can be used once.", "r1.dXNlcg.c2VjcmV0")
    ] = UNSET

    @classmethod
    def of(cls, signed_in: SignedIn, *, transport: str) -> Self:
        """Return the answer for a session."""
        is_in_cookies = transport == "cookie"
        return cls(
            user_id=signed_in.session.user_id,
            rotated=signed_in.is_rotated,
            access_token=UNSET if is_in_cookies else signed_in.access_token,
            refresh_token=UNSET if is_in_cookies else signed_in.refresh_token,
        )


class ConfirmedOut(Shape, frozen=True, kw_only=True):
    """A confirmed session."""

    confirmed_until: Annotated[Moment, about("Until when the user may do what cannot be undone.")]


class SessionOut(Shape, frozen=True, kw_only=True):
    """One open session."""

    id: Annotated[str, about("The id of the session.", "0f3c2a9b5d7e4f60a1b2c3d4e5f60718")]
    began_at: Annotated[Moment, about("When the user signed in.")]
    refreshed_at: Annotated[Moment, about("When the session's tokens were last replaced.")]
    browser: Annotated[str | None, about("The browser that signed in; null if it is not known.", "Firefox on Linux")]
    current: Annotated[bool, about("Whether the request was made in this session.", True)]

    @classmethod
    def of(cls, found: OpenSession, *, current_id: str) -> Self:
        """Return the answer for a session."""
        return cls(
            id=found.id,
            began_at=iso_from_ms(found.created_ms),
            refreshed_at=iso_from_ms(found.refreshed_ms),
            browser=found.browser or None,
            current=found.id == current_id,
        )


class SessionsOut(Shape, frozen=True, kw_only=True):
    """The open sessions of a user, the last used one first; no addresses are stored."""

    sessions: Annotated[tuple[SessionOut, ...], about("The sessions; at most 50.")]
