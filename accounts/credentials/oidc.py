"""Identities from another provider: tokens signed with an OIDC provider's keys or with a shared HS256 secret.

The settings fix issuer and audience, and the kind of key fixes the algorithms. The claim `sub` is the user's id; one
that is no valid id becomes one (`user_id_of`).
"""

import hashlib
import math
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import jwt
from django.conf import settings

from accounts.credentials.jwks import key_ring
from accounts.credentials.provider_keys import ASYMMETRIC, ProviderKey
from accounts.errors import Refused
from redis_models.errors import Invalid
from redis_models.schema.identifiers import ID_GRAMMAR, normal_email

SYMMETRIC = ("HS256",)
LEEWAY_S = 60
SUBJECT_MAX_LENGTH = 255
_NAMED = re.compile(r"sub_[0-9a-f]{64}", re.ASCII)
_LAST_S = 32_503_680_000
"""The year 3000; no later time is read."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The user a provider vouches for; `email` is empty if the provider does not vouch for one that can be read.

    `signed_in_ms` is when the user last proved to the provider who they are; 0 if the token does not say. `subject` is
    the provider's name of the user.
    """

    user_id: str
    email: str
    signed_in_ms: int = 0
    subject: str = ""


def identity_of(text: str) -> Identity:
    """Return the token's identity; raises Refused, and ProviderUnavailable if the provider's keys cannot be read."""
    try:
        header = jwt.get_unverified_header(text)
        claims = _claims(text, header)
        subject = claims["sub"]
        return Identity(user_id_of(subject), _email(claims), _signed_in_ms(claims), subject)
    except jwt.ExpiredSignatureError as error:
        raise Refused("The token has expired") from error
    except (jwt.PyJWTError, Invalid) as error:
        raise Refused("The token is not valid") from error


def signed_subject(text: str) -> str:
    """Return the user's id of a token that the provider has signed, even if the token has expired; raises Refused.

    Waits for nothing: raises ProviderUnavailable if the key is not known yet, which is then read in a thread.
    """
    try:
        claims = _claims(text, jwt.get_unverified_header(text), waits=False, leeway_s=math.inf)
        return user_id_of(claims["sub"])
    except (jwt.PyJWTError, Invalid) as error:
        raise Refused("The token is not valid") from error


def user_id_of(subject: str) -> str:
    """Return the user's id for the claim `sub`: the claim itself if it is a valid id; raises Invalid.

    OpenID Connect allows 255 ASCII characters, of which ids allow some. Any other claim is named by its digest, and so
    is one that looks like such a name: no two claims have one id.
    """
    if not (isinstance(subject, str) and subject.isascii() and 0 < len(subject) <= SUBJECT_MAX_LENGTH):
        raise Invalid("sub must be 1 to 255 ASCII characters.")
    if ID_GRAMMAR.fullmatch(subject) and not _NAMED.fullmatch(subject):
        return subject
    return f"sub_{hashlib.sha256(subject.encode()).hexdigest()}"


def _claims(text: str, header: dict[str, Any], *, waits: bool = True, leeway_s: float = LEEWAY_S) -> dict[str, Any]:
    """Return the verified claims; raises jwt.PyJWTError, and ProviderUnavailable, for which it `waits` a moment."""
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str):
        raise jwt.InvalidAlgorithmError
    if algorithm in SYMMETRIC and settings.AIRA_JWT_SECRET:
        return _decoded(text, settings.AIRA_JWT_SECRET, algorithm, leeway_s=leeway_s)
    if algorithm in ASYMMETRIC and settings.AIRA_OIDC_ISSUER:
        keys = key_ring().keys(key_id, algorithm, waits=waits)
        return _signed_by_one_of(text, keys, algorithm, leeway_s=leeway_s)
    raise jwt.InvalidAlgorithmError


def _signed_by_one_of(text: str, keys: list[ProviderKey], algorithm: str, *, leeway_s: float) -> dict[str, Any]:
    """Return the claims, verified by one of the keys: a token without `kid` does not say by which."""
    *others, last = keys
    for each in others:
        with suppress(jwt.InvalidSignatureError):
            return _decoded(text, each.key, algorithm, leeway_s=leeway_s)
    return _decoded(text, last.key, algorithm, leeway_s=leeway_s)


def _decoded(text: str, key: Any, algorithm: str, *, leeway_s: float) -> dict[str, Any]:
    return jwt.decode(
        text,
        key,
        algorithms=[algorithm],
        audience=settings.AIRA_OIDC_AUDIENCE,
        issuer=settings.AIRA_OIDC_ISSUER,
        leeway=leeway_s,
        options={"require": ["exp", "sub", "aud", "iss"]},
    )


def _email(claims: dict[str, Any]) -> str:
    """Return the email that the token vouches for; empty if it vouches for none, or for one that cannot be read.

    `user_metadata` is never read, because users can change it.
    """
    try:
        return normal_email(claims.get("email")) if _is_verified(claims) else ""
    except Invalid:
        return ""


def _is_verified(claims: dict[str, Any]) -> bool:
    """Return whether the provider says that it verified the email; some providers send the text "true"."""
    if "email_verified" in claims:
        said = claims["email_verified"]
        return said is True or said == "true"  # 1 == True, but is another value in JSON
    return bool(settings.AIRA_OIDC_EMAILS == "verified")


def _signed_in_ms(claims: dict[str, Any]) -> int:
    """Return `auth_time`, or else the newest time in `amr`, as Supabase has it: [{"method", "timestamp"}, ...]."""
    of_methods = [each.get("timestamp") for each in _list(claims.get("amr")) if isinstance(each, dict)]
    times = [claims["auth_time"]] if "auth_time" in claims else of_methods
    return 1000 * max((each for each in times if type(each) is int and 0 <= each <= _LAST_S), default=0)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
