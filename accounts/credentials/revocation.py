"""Whether a session or a service key is revoked, as this process knows it: requests ask nothing of Redis for it."""

from collections.abc import Callable

from accounts.credentials.tokens import AccessToken, Session
from redis_models.background import revocations
from redis_models.schema.revocations import of_person, of_service_key, of_session


def is_revoked(token: AccessToken) -> bool:
    """Return whether the token's session is known to be over.

    A token that was given without Redis may be younger than the end of its session, so the last 30 days are searched
    for it; for any other token the last 20 minutes are enough.
    """
    return is_known_to_be_over(token.session) if token.is_unchecked else is_over(token.session)


def is_over(session: Session) -> bool:
    """Return whether the session has ended in the last 20 minutes, or its user was erased or signed out everywhere."""
    return _is_ended(session, revocations.until_ms)


def is_known_to_be_over(session: Session) -> bool:
    """Return whether this host knows from the last 30 days that the session is over."""
    return _is_ended(session, revocations.until_ms_in_30_days)


def _is_ended(session: Session, until_ms: Callable[[str], int]) -> bool:
    is_ended = bool(until_ms(of_session(session.user_id, session.id)))
    return is_ended or session.created_ms <= until_ms(of_person(session.user_id))


def is_revoked_key(digest: str) -> bool:
    """Return whether the service key was revoked in the last 20 minutes, by its digest."""
    return bool(revocations.until_ms(of_service_key(digest)))


def hold_session(user_id: str, session_id: str, *, at: int) -> None:
    """Refuse the session on this host from now on; with an empty id, all that were created up to `at` (ms)."""
    revocations.hold(of_session(user_id, session_id) if session_id else of_person(user_id), at=at)


def hold_key(digest: str, *, at: int) -> None:
    """Refuse the service key on this host from now on."""
    revocations.hold(of_service_key(digest), at=at)
