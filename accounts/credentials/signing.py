"""The keys with which we sign, one for each purpose, derived from AIRA_SECRET_KEY. Pure.

What was signed with a key of AIRA_SECRET_KEY_FALLBACKS stays valid; nothing new is signed with these.
"""

import hmac

from django.conf import settings


def signing_key(purpose: str) -> bytes:
    """Return the key with which what has this purpose is signed."""
    return _derived(settings.SECRET_KEY, purpose)


def verifying_keys(purpose: str) -> tuple[bytes, ...]:
    """Return the keys whose signatures are valid; that of new signatures is the first."""
    return tuple(_derived(secret, purpose) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def _derived(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), purpose.encode(), "sha256")
