"""Authentication: sets `request.user` from a credential. It works without Redis, so an outage locks nobody out.

Credentials are looked for in this order: `Authorization: Bearer` (a service key, an access token, or another provider's
token), our own cookie, and the session cookie of Supabase's client. What was revoked is in this process's memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.access.callers import Caller
from accounts.access.origins import require_no_other_site, require_own_origin
from accounts.access.renewal import renewed_caller
from accounts.credentials import cookies, oidc, revocation, service_keys, sessions, supabase, tokens
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
            return _verified(request, found), None
        if renewed := renewed_caller(request):
            return renewed, None
        if settings.AIRA_AUTH == "trusted":
            require_no_other_site(request)
            return Caller(is_trusted=True), None
        return None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 (DRF's signature)
        """Return the challenge that makes DRF answer 401 instead of 403."""
        return CHALLENGE


def _verified(request: Request, found: Presented) -> Caller:
    if not found.is_cookie:
        return caller_of(found.text)
    require_own_origin(request)
    try:
        return caller_of(found.text)
    except AuthenticationFailed:
        renewed = renewed_caller(request)
        if renewed is None:
            raise
        return renewed


def presented(request: Request) -> Presented | None:
    """Return the request's credential, or None."""
    return credential_in(request.headers.get("Authorization", ""), request.COOKIES)


def credential_in(authorization: str, cookie: Mapping[str, str]) -> Presented | None:
    """Return the credential in the header Authorization, or in the cookies; None if there is none."""
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() == _SCHEME:
        return Presented(text.strip())
    found = cookies.read(cookie, cookies.ACCESS) or supabase.access_token(cookie)
    return Presented(found, is_cookie=True) if found else None


def caller_of(text: str) -> Caller:
    """Return the caller with this credential; raises AuthenticationFailed."""
    try:
        if not tokens.is_token(text):
            return _service(text)
        return _signed_in(text) if tokens.is_ours(text) else _vouched_for(text)
    except (tokens.InvalidToken, Refused) as error:
        raise AuthenticationFailed(str(error)) from error


def _service(key: str) -> Caller:
    if not service_keys.is_known(key):
        raise Refused("The service key is not known")
    return Caller(is_service=True)


def _signed_in(text: str) -> Caller:
    token = tokens.access_token_from(text)
    if revocation.is_revoked(token):
        raise Refused(sessions.OVER)
    return Caller(user_id=token.session.user_id, session=token.session)


def _vouched_for(text: str) -> Caller:
    identity = oidc.identity_of(text)
    return Caller(
        user_id=identity.user_id,
        email=identity.email,
        signed_in_ms=identity.signed_in_ms,
        subject=identity.subject,
    )
