"""Whose signature a credential has, for what is decided before the caller is authenticated.

It says who may send a large body, and whose attempts are counted. An expired token still has its signature: its owner
is told so by the request itself.
"""

from accounts.access.callers import Caller
from accounts.credentials import oidc, revocation, service_keys, sessions, tokens
from accounts.errors import Refused


def signed_caller(text: str) -> Caller | None:
    """Return the caller whose signature the credential has, None if it has none. Asks neither Redis nor a provider.

    Whether the credential is revoked is not looked at, except for service keys. Raises ProviderUnavailable if the key
    of a provider's token is not known yet.
    """
    if not tokens.is_token(text):
        return Caller(is_service=True) if service_keys.is_remembered(text) else None
    try:
        if tokens.is_ours(text):
            session = tokens.signed_session(text)
            return Caller(user_id=session.user_id, session=session)
        return Caller(user_id=oidc.signed_subject(text))
    except (tokens.InvalidToken, Refused):
        return None


def require_signature(text: str) -> None:
    """Raise Refused if the credential has no signature, or is known to be revoked; raises ProviderUnavailable.

    Redis is asked only for a service key that this process does not know yet.
    """
    if not tokens.is_token(text):
        if not service_keys.is_known(text):
            raise Refused("The service key is not known")
        return
    found = signed_caller(text)
    if found is None:
        raise Refused("The token is not valid")
    if found.session is not None and revocation.is_known_to_be_over(found.session):
        raise Refused(sessions.OVER)
