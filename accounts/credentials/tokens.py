"""Access and refresh tokens: signed and verified without Redis. Pure.

Both are JWTs signed with our own key, each with its own audience. An access token is valid for 15 minutes. A refresh
token carries 256 random bits, and only the digest of the complete token is stored. The bits of the next token are
derived from the old token and our key, so a request that is sent again gets the same token as the lost reply.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from typing import Any

import jwt
from django.conf import settings

ACCESS_LIFE_S = 15 * 60
REFRESH_LIFE_S = 30 * 24 * 60 * 60
ISSUER = "aira"
_ALGORITHM = "HS256"
_ACCESS, _REFRESH = "aira-access", "aira-refresh"


class InvalidToken(Exception):
    """A token that is not ours, was changed, or has expired."""


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in device; `created_ms` is when the session began."""

    user_id: str
    id: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The claims of a refresh token; `text` is the token itself, which is kept out of reprs and never stored."""

    session: Session
    generation: int
    secret: str
    issued_ms: int

    def __repr__(self) -> str:
        return f"RefreshToken(session={self.session!r}, generation={self.generation})"

    @property
    def text(self) -> str:
        """Return the token as clients send it; the same on every call."""
        claims = _claims(self.session) | {"gen": self.generation, "jti": self.secret, "at": self.issued_ms}
        return _signed(claims, audience=_REFRESH, issued_ms=self.issued_ms, life_s=REFRESH_LIFE_S)

    @property
    def digest(self) -> str:
        """Return the digest that is stored."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def successor(self, *, at: int) -> "RefreshToken":
        """Return the token that replaces this one at `at` (ms)."""
        bits = hmac.digest(_key("aira.refresh"), self.text.encode(), "sha256")
        return replace(self, generation=self.generation + 1, secret=_base64(bits), issued_ms=at)


def new_session(user_id: str, *, at: int) -> Session:
    """Return a session that begins at `at` (ms)."""
    return Session(user_id=user_id, id=secrets.token_hex(16), created_ms=at)


def first_refresh_token(session: Session) -> RefreshToken:
    """Return a session's first refresh token, with 256 random bits."""
    return RefreshToken(session, 0, _base64(secrets.token_bytes(32)), session.created_ms)


def access_token(session: Session, *, at: int) -> str:
    """Return an access token that is valid for 15 minutes from `at` (ms)."""
    return _signed(_claims(session), audience=_ACCESS, issued_ms=at, life_s=ACCESS_LIFE_S)


def session_of_access_token(text: str) -> Session:
    """Return the session of an access token; raises InvalidToken."""
    return _session(_verified(text, audience=_ACCESS))


def refresh_token_from(text: str) -> RefreshToken:
    """Return the claims of a refresh token; raises InvalidToken."""
    claims = _verified(text, audience=_REFRESH)
    return RefreshToken(_session(claims), claims["gen"], claims["jti"], claims["at"])


def is_ours(text: str) -> bool:
    """Return whether a token names us as its issuer. This verifies nothing."""
    try:
        claims = jwt.decode(text, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return False
    return bool(claims.get("iss") == ISSUER)


def _claims(session: Session) -> dict[str, Any]:
    return {"sub": session.user_id, "sid": session.id, "born": session.created_ms}


def _session(claims: dict[str, Any]) -> Session:
    return Session(claims["sub"], claims["sid"], claims["born"])


def _signed(claims: dict[str, Any], *, audience: str, issued_ms: int, life_s: int) -> str:
    issued_s = issued_ms // 1000
    times = {"iat": issued_s, "exp": issued_s + life_s}
    return jwt.encode(claims | {"iss": ISSUER, "aud": audience} | times, _key(audience), algorithm=_ALGORITHM)


def _verified(text: str, *, audience: str) -> dict[str, Any]:
    try:
        return jwt.decode(
            text,
            _key(audience),
            algorithms=[_ALGORITHM],
            audience=audience,
            issuer=ISSUER,
            leeway=60,
            options={"require": ["exp", "iat", "sub"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise InvalidToken("The token has expired") from error
    except jwt.InvalidTokenError as error:
        raise InvalidToken("The token is not valid") from error


def _key(purpose: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), purpose.encode(), "sha256")


def _base64(bits: bytes) -> str:
    return urlsafe_b64encode(bits).decode().rstrip("=")
