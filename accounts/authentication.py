"""Credentials -> `request.user`, verified without Redis, so that an outage locks nobody out."""

import hashlib
import hmac

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.callers import Caller

_SCHEME = "bearer"


class CallerAuthentication(BaseAuthentication):
    """`Authorization: Bearer KEY` with a service key; in trusted mode a request without one is trusted."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        """Return the caller, or None where there is no credential; raises AuthenticationFailed for a wrong one."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == _SCHEME:
            return _service(key.strip()), None
        if settings.AIRA_AUTH == "trusted":
            return Caller(is_trusted=True), None
        return None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 (DRF's signature)
        """Return the challenge that makes DRF answer 401 instead of 403."""
        return 'Bearer realm="aira"'


def digest_of(key: str) -> str:
    """Return the digest by which a service key is known: SHA-256 in hex; a key is 256 random bits and needs no salt."""
    return hashlib.sha256(key.encode()).hexdigest()


def _service(key: str) -> Caller:
    digest = digest_of(key)
    matches = [hmac.compare_digest(digest, known) for known in settings.AIRA_SERVICE_KEYS]
    if not any(matches):
        raise AuthenticationFailed("The service key is not known")
    return Caller(is_service=True)
