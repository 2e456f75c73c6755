"""Access and refresh tokens: signed and verified without Redis. Pure.

Both are JWTs signed with our own key, each with its own audience. An access token is valid for 15 minutes. A refresh
token carries 256 random bits, and only the digest of the complete token is stored. The bits of the next token are
derived from the old token and our key, so a request that is sent again gets the same token as the lost reply.
"""

import hashlib
import hmac
import math
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from typing import Any

import jwt

from accounts.credentials.signing import signing_key, verifying_keys

ACCESS_LIFE_S = 15 * 60
REFRESH_LIFE_S = 30 * 24 * 60 * 60
LEEWAY_S = 60
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
class AccessToken:
    """The claims of an access token; `is_unchecked` if it was given while Redis was away, which may know of an end."""

    session: Session
    is_unchecked: bool = False


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The claims of a refresh token; `text` is the token itself, which is kept out of reprs and never stored.

    `key` is the key that signed it; empty: the present one.
    """

    session: Session
    generation: int
    secret: str
    issued_ms: int
    key: bytes = field(default=b"", compare=False)

    def __repr__(self) -> str:
        return f"RefreshToken(session={self.session!r}, generation={self.generation})"

    @property
    def text(self) -> str:
        """Return the token as clients send it; the same on every call."""
        claims = _claims(self.session) | {"gen": self.generation, "jti": self.secret, "at": self.issued_ms}
        return _signed(claims, audience=_REFRESH, issued_ms=self.issued_ms, life_s=REFRESH_LIFE_S, key=self.key)

    @property
    def digest(self) -> str:
        """Return the digest that is stored."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def successor(self, *, at: int) -> "RefreshToken":
        """Return the token that replaces this one at `at` (ms)."""
        bits = hmac.digest(signing_key("aira.refresh"), self.text.encode(), "sha256")
        return replace(self, generation=self.generation + 1, secret=_base64(bits), issued_ms=at, key=b"")


def new_session(user_id: str, *, at: int) -> Session:
    """Return a session that begins at `at` (ms)."""
    return Session(user_id=user_id, id=secrets.token_hex(16), created_ms=at)


def first_refresh_token(session: Session) -> RefreshToken:
    """Return a session's first refresh token, with 256 random bits."""
    return RefreshToken(session, 0, _base64(secrets.token_bytes(32)), session.created_ms)


def access_token(session: Session, *, at: int) -> str:
    """Return an access token that is valid for 15 minutes from `at` (ms)."""
    return _signed(_claims(session), audience=_ACCESS, issued_ms=at, life_s=ACCESS_LIFE_S)


def unchecked_access_token(session: Session, *, at: int) -> str:
    """Return an access token that says that Redis could not be asked about its session."""
    return _signed(_claims(session) | {"unchecked": True}, audience=_ACCESS, issued_ms=at, life_s=ACCESS_LIFE_S)


def access_token_from(text: str) -> AccessToken:
    """Return the claims of an access token; raises InvalidToken."""
    claims, _ = _verified(text, audience=_ACCESS)
    return AccessToken(_session(claims), is_unchecked=bool(claims.get("unchecked")))


def signed_session(text: str) -> Session:
    """Return the session of an access token with our signature, even if the token has expired; raises InvalidToken."""
    claims, _ = _verified(text, audience=_ACCESS, leeway_s=math.inf)
    return _session(claims)


def refresh_token_from(text: str) -> RefreshToken:
    """Return the claims of a refresh token; raises InvalidToken."""
    claims, key = _verified(text, audience=_REFRESH)
    return RefreshToken(_session(claims), claims["gen"], claims["jti"], claims["at"], key)


def is_token(text: str) -> bool:
    """Return whether a credential has the form of a token, a JWT of three parts; any other is a service key."""
    return text.count(".") == 2


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


def _signed(claims: dict[str, Any], *, audience: str, issued_ms: int, life_s: int, key: bytes = b"") -> str:
    issued_s = issued_ms // 1000
    times = {"iat": issued_s, "exp": issued_s + life_s}
    claims = claims | {"iss": ISSUER, "aud": audience} | times
    return jwt.encode(claims, key or signing_key(audience), algorithm=_ALGORITHM)


def _verified(text: str, *, audience: str, leeway_s: float = LEEWAY_S) -> tuple[dict[str, Any], bytes]:
    """Return the claims, and the key that signed them; raises InvalidToken."""
    try:
        return _decoded(text, verifying_keys(audience), audience=audience, leeway_s=leeway_s)
    except jwt.ExpiredSignatureError as error:
        raise InvalidToken("The token has expired") from error
    except jwt.InvalidTokenError as error:
        raise InvalidToken("The token is not valid") from error


def _decoded(text: str, keys: tuple[bytes, ...], *, audience: str, leeway_s: float) -> tuple[dict[str, Any], bytes]:
    key, *others = keys
    try:
        claims = jwt.decode(
            text,
            key,
            algorithms=[_ALGORITHM],
            audience=audience,
            issuer=ISSUER,
            leeway=leeway_s,
            options={"require": ["exp", "iat", "sub"]},
        )
    except jwt.InvalidSignatureError:
        if not others:
            raise
        return _decoded(text, tuple(others), audience=audience, leeway_s=leeway_s)
    return claims, key


def _base64(bits: bytes) -> str:
    return urlsafe_b64encode(bits).decode().rstrip("=")
