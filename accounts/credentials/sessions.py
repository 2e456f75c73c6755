"""Sign-up, sign-in and sign-out. Tokens are verified without Redis, which stores their digests and ended sessions.

An outage signs nobody out: access tokens stay valid, refresh tokens give new access tokens and are not rotated, and
signing out waits in the journal. Signing up, signing in and changing the password need Redis.
"""

import hashlib
import secrets
from dataclasses import dataclass
from functools import partial

from accounts import writes
from accounts.credentials import passwords, tokens
from accounts.errors import Refused
from accounts.models import UserProfile
from accounts.selectors import credential_of, is_over, owner_of
from accounts.services import submit_claiming, valid_name
from redis_models.budget import budget
from redis_models.errors import Conflict, NotFound, RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.operations.write import Outcome, Receipt
from redis_models.schema.identifiers import normal_email
from redis_models.writer import submit

REVOCATION_BUDGET_S = 0.25
OVER = "The session is over; sign in again"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session with its tokens; `is_rotated` is False if Redis is away and the refresh token was not replaced."""

    session: tokens.Session
    access_token: str
    refresh_token: str
    is_rotated: bool = True

    def __repr__(self) -> str:
        return f"SignedIn(session={self.session!r})"


def sign_up(*, email: str, password: str, name: str = "") -> None:
    """Register a new user if the email is free. Otherwise do the same work and return the same.

    Raises Invalid, RedisUnavailable.
    """
    address = normal_email(email)
    shown_name = valid_name(name or address.partition("@")[0])
    encoded = passwords.encoded(password, email=address, name=shown_name)
    user_id = f"user_{secrets.token_hex(12)}"
    of_user = {"user_id": user_id, "email": address, "name": shown_name, "encoded": encoded}
    submit_claiming(partial(writes.sign_up, **of_user, at=now_ms()), email=address)


def sign_in(*, email: str, password: str) -> SignedIn:
    """Open a session.

    Raises Refused for an unknown email as well as for a wrong password, Invalid, RedisUnavailable.
    """
    address = normal_email(email)
    owner = owner_of(address)
    stored = credential_of(owner or "nobody")
    if not passwords.matches(password, stored) or owner is None:
        raise Refused("Email or password is wrong")
    return open_session(owner, at=now_ms())


def open_session(user_id: str, *, at: int) -> SignedIn:
    """Open a session without asking for a credential; raises Refused if the user was erased, RedisUnavailable."""
    session = tokens.new_session(user_id, at=at)
    first = tokens.first_refresh_token(session)
    receipt = submit(writes.session_open(user_id=user_id, session_id=session.id, digest=first.digest, at=at))
    if receipt.outcome is Outcome.GONE:
        raise Refused("Email or password is wrong")
    return SignedIn(session, tokens.access_token(session, at=at), first.text)


def refresh(*, refresh_token: str, request_key: str = "") -> SignedIn:
    """Return new tokens for a refresh token, which is then used up. Raises Refused.

    A refresh token that was used before ends its session, unless the same request comes again (`request_key`, within a
    minute): it gets the same tokens, so a lost reply signs nobody out. While Redis is away, the access token is new and
    the refresh token stays.
    """
    try:
        old = tokens.refresh_token_from(refresh_token)
    except tokens.InvalidToken as error:
        raise Refused(str(error)) from error
    at = now_ms()
    try:
        return _rotated(old, request_key, at=at)
    except RedisUnavailable as error:
        if is_known_to_be_over(old.session):
            raise Refused(OVER) from error
        return SignedIn(old.session, tokens.access_token(old.session, at=at), refresh_token, is_rotated=False)


def is_known_to_be_over(session: tokens.Session) -> bool:
    """Return whether Redis says that the session has ended; False if it does not answer within 0.25 s."""
    try:
        with budget(REVOCATION_BUDGET_S):
            return is_over(user_id=session.user_id, session_id=session.id, created_ms=session.created_ms)
    except RedisUnavailable:
        return False


def _rotated(old: tokens.RefreshToken, request_key: str, *, at: int) -> SignedIn:
    session, new = old.session, old.successor(at=at)
    request = hashlib.sha256(request_key.encode()).hexdigest()[:16] if request_key else ""
    rotation = writes.Rotation(session.id, session.created_ms, new.generation, old.digest, new.digest, request)
    receipt = submit(writes.session_rotate(user_id=session.user_id, rotation=rotation, at=at))
    match receipt.outcome, receipt.reply:
        case Outcome.CONFLICT, ("repeated", rotated):
            new = old.successor(at=int(rotated))
        case Outcome.CONFLICT, _:
            # The script has ended the session, but a refused write leaves the journal before it is proven.
            submit(writes.session_end(user_id=session.user_id, session_id=session.id, at=at))
            raise Refused(OVER)
        case Outcome.GONE, _:
            raise Refused(OVER)
    return SignedIn(session, tokens.access_token(session, at=at), new.text)


def sign_out(session: tokens.Session) -> Receipt:
    """End the session. The write waits in the journal while Redis is away."""
    return submit(writes.session_end(user_id=session.user_id, session_id=session.id, at=now_ms()))


def sign_out_everywhere(*, user_id: str) -> Receipt:
    """End all sessions that the user has now. The write waits in the journal while Redis is away."""
    return submit(writes.session_end(user_id=user_id, session_id="", at=now_ms()))


def change_password(*, profile: UserProfile, current: str, new: str) -> SignedIn:
    """Replace the password, end all sessions and open a new one.

    Raises Refused, Invalid, NotFound if the user has no password, Conflict if the user was erased, RedisUnavailable.
    """
    stored = credential_of(profile.id)
    if stored is None:
        raise NotFound("This account has no password: it signs in with another provider.")
    if not passwords.matches(current, stored):
        raise Refused("The current password is wrong")
    encoded = passwords.encoded(new, email=profile.email, name=profile.name)
    at = now_ms()
    if submit(writes.password_change(user_id=profile.id, encoded=encoded, at=at)).outcome is Outcome.GONE:
        raise Conflict("The user was erased")
    submit(writes.session_end(user_id=profile.id, session_id="", at=at))
    return open_session(profile.id, at=at + 1)
