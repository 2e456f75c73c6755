"""Authentication: sets `request.user` from a credential. It works without Redis, so an outage locks nobody out.

Credentials are looked for in this order: `Authorization: Bearer` (a service key, an access token, or another provider's
token), our own cookie, and the session cookie of Supabase's client. While Redis answers reads, it is asked whether one
of our sessions has ended: one small script, which takes about 0.1 ms, and at most 0.25 s if Redis hangs.
"""

from dataclasses import dataclass, field

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.access.callers import Caller
from accounts.credentials import cookies, oidc, service_keys, sessions, supabase, tokens
from accounts.errors import Refused

CHALLENGE = 'Bearer realm="aira"'
_SCHEME = "bearer"


@dataclass(frozen=True, slots=True)
class Presented:
    """A credential as the request carries it.

    A cookie proves less than a header: a browser also sends it with requests that another site makes.
    """

    text: str = field(repr=False)
    is_cookie: bool = False


class CallerAuthentication(BaseAuthentication):
    """Verify the request's credential; in trusted mode, a request without one is trusted."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        """Return the caller, or None if there is no credential; raises AuthenticationFailed for a wrong one."""
        found = presented(request)
        if found is not None:
            if found.is_cookie:
                cookies.require_own_origin(request)
            return caller_of(found.text), None
        if settings.AIRA_AUTH == "trusted":
            return Caller(is_trusted=True), None
        return None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 (DRF's signature)
        """Return the challenge that makes DRF answer 401 instead of 403."""
        return CHALLENGE


def presented(request: Request) -> Presented | None:
    """Return the request's credential, or None."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == _SCHEME:
        return Presented(text.strip())
    cookie = request.COOKIES.get(cookies.ACCESS) or supabase.access_token(request.COOKIES)
    return Presented(cookie, is_cookie=True) if cookie else None


def caller_of(text: str) -> Caller:
    """Return the caller with this credential; raises AuthenticationFailed."""
    try:
        if text.count(".") != 2:
            return _service(text)
        return _signed_in(text) if tokens.is_ours(text) else _vouched_for(text)
    except (tokens.InvalidToken, Refused) as error:
        raise AuthenticationFailed(str(error)) from error


def _service(key: str) -> Caller:
    if not service_keys.is_known(key):
        raise Refused("The service key is not known")
    return Caller(is_service=True)


def _signed_in(text: str) -> Caller:
    session = tokens.session_of_access_token(text)
    if sessions.is_known_to_be_over(session):
        raise Refused(sessions.OVER)
    return Caller(user_id=session.user_id, session=session)


def _vouched_for(text: str) -> Caller:
    identity = oidc.identity_of(text)
    return Caller(user_id=identity.user_id, email=identity.email)
