"""Identities from another provider: tokens signed with an OIDC provider's keys or with a shared HS256 secret.

The settings fix issuer, audience and algorithms. The claim `sub` is the user's id.
"""

from dataclasses import dataclass
from typing import Any

import jwt
from django.conf import settings

from accounts.credentials.jwks import key_ring
from accounts.errors import Refused
from redis_models.errors import Invalid
from redis_models.schema.identifiers import normal_email, valid_id

ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
SYMMETRIC = ("HS256",)
LEEWAY_S = 60


@dataclass(frozen=True, slots=True)
class Identity:
    """The user a provider vouches for; `email` is empty if the token names none."""

    user_id: str
    email: str


def identity_of(text: str) -> Identity:
    """Return the token's identity; raises Refused, and ProviderUnavailable if the provider's keys cannot be read."""
    try:
        header = jwt.get_unverified_header(text)
        claims = _claims(text, header)
        return Identity(valid_id(claims.get("sub")), _email(claims))
    except jwt.ExpiredSignatureError as error:
        raise Refused("The token has expired") from error
    except (jwt.PyJWTError, Invalid) as error:
        raise Refused("The token is not valid") from error


def _claims(text: str, header: dict[str, Any]) -> dict[str, Any]:
    """Return the verified claims.

    The algorithm's family decides the kind of key, so a public key is never used as a shared secret or the reverse.
    """
    algorithm = header.get("alg")
    if algorithm in SYMMETRIC and settings.AIRA_JWT_SECRET:
        return _decoded(text, settings.AIRA_JWT_SECRET, SYMMETRIC)
    if algorithm in ASYMMETRIC and settings.AIRA_OIDC_ISSUER:
        return _decoded(text, key_ring().key(header.get("kid")), ASYMMETRIC)
    raise jwt.InvalidAlgorithmError


def _decoded(text: str, key: Any, algorithms: tuple[str, ...]) -> dict[str, Any]:
    return jwt.decode(
        text,
        key,
        algorithms=list(algorithms),
        audience=settings.AIRA_OIDC_AUDIENCE,
        issuer=settings.AIRA_OIDC_ISSUER,
        leeway=LEEWAY_S,
        options={"require": ["exp", "sub", "aud", "iss"]},
    )


def _email(claims: dict[str, Any]) -> str:
    email = claims.get("email")
    return normal_email(email) if email else ""
