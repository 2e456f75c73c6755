"""Sign-up, sign-in and sign-out. Tokens are verified without Redis, which stores their digests and ended sessions.

An outage signs nobody out: access tokens stay valid, refresh tokens give new access tokens and are not rotated, and
signing out waits in the journal, and holds on this host at once. Signing up, signing in and changing the password need
Redis.
"""

import hashlib
import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from accounts import writes
from accounts.claims import NOBODY, Claim, claim_on, spelling_of
from accounts.credentials import passwords, revocation, tokens
from accounts.errors import Refused
from accounts.models import Credential, UserProfile
from accounts.selectors import credential_of, sessions_of
from accounts.services import renewed_spelling, submit_claiming, valid_name
from redis_models.errors import Conflict, JournalUnavailable, NotFound, RedisModelError, RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.journal import journal
from redis_models.journal.revocations.rotations import Rotation
from redis_models.operations.write import Outcome, Receipt
from redis_models.schema.identifiers import normal_email
from redis_models.schema.revocations import of_session
from redis_models.writer import submit

OVER = "The session is over; sign in again"
REPEATED_WITHIN_MS = 60_000
"""The same time as in session_rotate.1.lua."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session with its tokens; `is_rotated` is False if Redis is away and the refresh token was not replaced."""

    session: tokens.Session
    access_token: str
    refresh_token: str
    is_rotated: bool = True

    def __repr__(self) -> str:
        return f"SignedIn(session={self.session!r})"


def sign_up(*, email: str, password: str, name: str = "") -> str:
    """Register a new user if the email is free. Otherwise do the same work, and return an id that nobody has.

    Raises Invalid, RedisUnavailable.
    """
    address = normal_email(email)
    shown_name = valid_name(name or address.partition("@")[0])
    encoded = passwords.encoded(password, email=address, name=shown_name)
    user_id = f"user_{secrets.token_hex(12)}"
    spelling = spelling_of(address)
    of_user = {"user_id": user_id, "email": spelling, "name": shown_name, "encoded": encoded}
    submit_claiming(partial(writes.sign_up, **of_user, at=now_ms()), email=spelling)
    return user_id


def sign_in(*, email: str, password: str, browser: str = "") -> SignedIn:
    """Open a session of the email's owner, or of a user who lost the email and has no other one yet.

    `browser` is the name under which it is listed. Raises Refused for an unknown email as well as for a wrong password,
    Invalid, RedisUnavailable.
    """
    address = normal_email(email)
    claim = claim_on(address)
    user_id, known = _with_password(claim, password)
    signed_in = open_session(user_id, at=now_ms(), browser=browser)
    with suppress(RedisModelError):  # another time, if that fails now
        _renew(claim, user_id, password, known, email=address)
    return signed_in


def _with_password(claim: Claim, password: str) -> tuple[str, Credential]:
    """Return who has the password, of the email's owner and those who lost it, and the credential; raises Refused."""
    known = credential_of(claim.owner or NOBODY)
    if _is_right(password, known) and known and claim.owner:
        return claim.owner, known
    loser, known = _loser_with_password(claim.losers)
    if _is_right(password, known) and known and loser in claim.losers:
        return loser, known
    raise Refused("Email or password is wrong")


def _loser_with_password(losers: Sequence[str]) -> tuple[str, Credential | None]:
    """Return the newest of those who lost an email and have a password, and it; the work is always the same."""
    two = (*losers, NOBODY, NOBODY)[:2]
    found = [(user_id, credential_of(user_id)) for user_id in two]
    return next((each for each in found if each[1] is not None), found[0])


def _renew(claim: Claim, user_id: str, password: str, known: Credential, *, email: str) -> None:
    """Store the password's hash and the email as they are stored today, if an earlier release stored them otherwise."""
    if encoded := passwords.renewed(password, known.encoded):
        submit(writes.password_renewal(user_id=user_id, encoded=encoded, known=known))
    if user_id == claim.owner:
        renewed_spelling(claim, email=email)


def _is_right(password: str, known: Credential | None) -> bool:
    return passwords.matches(password, known.encoded if known else None)


def open_session(user_id: str, *, at: int, browser: str = "") -> SignedIn:
    """Open a session without asking for a credential; raises Refused if the user was erased, RedisUnavailable."""
    session = tokens.new_session(user_id, at=at)
    first = tokens.first_refresh_token(session)
    opening = writes.session_open(user_id=user_id, session_id=session.id, digest=first.digest, at=at, browser=browser)
    if submit(opening).outcome is Outcome.GONE:
        raise Refused("Email or password is wrong")
    return SignedIn(session, tokens.access_token(session, at=at), first.text)


def refresh(*, refresh_token: str, request_key: str = "") -> SignedIn:
    """Return new tokens for a refresh token, which is then used up. Raises Refused.

    A refresh token that was used before ends its session, unless the same request comes again (`request_key`, within a
    minute): it gets the same tokens, so a lost reply signs nobody out. While Redis is away, the access token is new and
    the refresh token stays, unless this host knows that session or token are over.
    """
    try:
        old = tokens.refresh_token_from(refresh_token)
    except tokens.InvalidToken as error:
        raise Refused(str(error)) from error
    if revocation.is_over(old.session):
        raise Refused(OVER)
    at, request = now_ms(), _request_digest(request_key)
    try:
        return _rotated(old, request, at=at)
    except RedisUnavailable:
        return _without_redis(old, request, at=at)


def _request_digest(request_key: str) -> str:
    return hashlib.sha256(request_key.encode()).hexdigest()[:16] if request_key else ""


def _rotated(old: tokens.RefreshToken, request: str, *, at: int) -> SignedIn:
    session, new = old.session, old.successor(at=at)
    rotation = writes.Rotation(session.id, session.created_ms, new.generation, old.digest, new.digest, request)
    receipt = submit(writes.session_rotate(user_id=session.user_id, rotation=rotation, at=at))
    match receipt.outcome, receipt.reply:
        case Outcome.CONFLICT, ("repeated", rotated):
            return _with_tokens(old, rotated_ms=int(rotated), at=at)
        case Outcome.GONE, ("erased",):
            raise Refused(OVER)
        case ((Outcome.CONFLICT | Outcome.GONE), _):
            # The script has ended the session, but a refused write leaves the journal before it is proven, and other
            # hosts have not been told. If it is gone, the process that ended it may have been killed before this.
            _end(session.user_id, session.id, at=at)
            raise Refused(OVER)
    _note_rotation(session, Rotation(new.generation, at, request))
    return _with_tokens(old, rotated_ms=at, at=at)


def _with_tokens(old: tokens.RefreshToken, *, rotated_ms: int, at: int) -> SignedIn:
    new = old.successor(at=rotated_ms)
    return SignedIn(old.session, tokens.access_token(old.session, at=at), new.text)


def _without_redis(old: tokens.RefreshToken, request: str, *, at: int) -> SignedIn:
    """Return a new access token, marked as unchecked; raises Refused if this host knows session or token as over."""
    session, known = old.session, _known_rotation(old.session)
    if revocation.is_known_to_be_over(session):
        raise Refused(OVER)
    access_token = tokens.unchecked_access_token(session, at=at)
    if known is None or known.generation <= old.generation:
        return SignedIn(session, access_token, old.text, is_rotated=False)
    is_repeated = known.generation == old.generation + 1 and request != "" and known.request == request
    if is_repeated and at < known.rotated_ms + REPEATED_WITHIN_MS:
        return SignedIn(session, access_token, old.successor(at=known.rotated_ms).text)
    _end(session.user_id, session.id, at=at)
    raise Refused(OVER)


def _note_rotation(session: tokens.Session, rotation: Rotation) -> None:
    try:
        journal().rotations.keep(of_session(session.user_id, session.id), rotation)
    except JournalUnavailable as error:
        _log.error("A used refresh token will not be known while Redis is away. reason=%s", error)


def _known_rotation(session: tokens.Session) -> Rotation | None:
    try:
        return journal().rotations.of(of_session(session.user_id, session.id))
    except JournalUnavailable:
        return None


def sign_out(session: tokens.Session) -> Receipt:
    """End the session. The write waits in the journal while Redis is away."""
    return _end(session.user_id, session.id, at=now_ms())


def sign_out_everywhere(*, user_id: str) -> Receipt:
    """End all sessions that the user has now. The write waits in the journal while Redis is away."""
    return _end(user_id, "", at=now_ms())


def _end(user_id: str, session_id: str, *, at: int) -> Receipt:
    """End the session, or all with an empty id, and refuse it on this host from the answer on."""
    receipt = submit(writes.session_end(user_id=user_id, session_id=session_id, at=at))
    revocation.hold_session(user_id, session_id, at=at)
    return receipt


def confirm(session: tokens.Session, *, password: str) -> int:
    """Note that the user has proven who they are in this session, and return when (ms).

    Raises Refused, NotFound if the user has no password, RedisUnavailable.
    """
    _require_password(session.user_id, password)
    at, created_ms = now_ms(), session.created_ms
    of_session = writes.session_confirm(user_id=session.user_id, session_id=session.id, created_ms=created_ms, at=at)
    if submit(of_session).outcome is Outcome.GONE:
        raise Refused(OVER)
    return at


def end(*, user_id: str, session_id: str) -> Receipt:
    """End one of the user's sessions; raises NotFound if there is no such session, RedisUnavailable."""
    if all(each.id != session_id for each in sessions_of(user_id)):
        raise NotFound("There is no such session.")
    return _end(user_id, session_id, at=now_ms())


def _require_password(user_id: str, password: str) -> None:
    stored = credential_of(user_id)
    if stored is None:
        raise NotFound("This account has no password: it signs in with another provider.")
    if not passwords.matches(password, stored.encoded):
        raise Refused("The current password is wrong")


def change_password(*, profile: UserProfile, current: str, new: str, browser: str = "") -> SignedIn:
    """Replace the password, end all sessions and open a new one.

    Raises Refused, Invalid, NotFound if the user has no password, Conflict if the user was erased, RedisUnavailable.
    """
    _require_password(profile.id, current)
    encoded = passwords.encoded(new, email=profile.email, name=profile.name)
    at = now_ms()
    if submit(writes.password_change(user_id=profile.id, encoded=encoded, at=at)).outcome is Outcome.GONE:
        raise Conflict("The user was erased")
    _end(profile.id, "", at=at)
    return open_session(profile.id, at=at + 1, browser=browser)
