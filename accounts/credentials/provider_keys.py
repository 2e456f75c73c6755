"""A provider's public keys, and the algorithms that each may be used with. Pure.

The type of a key decides its algorithms (RFC 7518, RFC 8037), so a public key is never used as a shared secret. If the
provider names one algorithm (`alg`), it is the only one.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import jwt

KEYS_AT_MOST = 100
_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_ALGORITHMS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("RSA", ""): _RSA,
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA",),
    ("OKP", "Ed448"): ("EdDSA",),
}
ASYMMETRIC = frozenset(name for names in _ALGORITHMS.values() for name in names)


@dataclass(frozen=True, slots=True)
class ProviderKey:
    """A key with its id, which may be missing, and the algorithms that it may be used with."""

    id: str | None
    algorithms: tuple[str, ...]
    key: Any = field(repr=False)


def keys_from(document: Mapping[str, Any]) -> tuple[ProviderKey, ...]:
    """Return the keys of a JWKS that can verify tokens; raises ValueError if there is none."""
    published = document.get("keys")
    found = tuple(filter(None, map(_key, published[:KEYS_AT_MOST]))) if isinstance(published, list) else ()
    if not found:
        raise ValueError("the provider publishes no key that can be used")
    return found


def _key(published: object) -> ProviderKey | None:
    if not isinstance(published, dict) or published.get("use") not in (None, "sig"):
        return None
    algorithms = _algorithms(published)
    with suppress(jwt.PyJWTError, ValueError, TypeError):
        if algorithms:
            return ProviderKey(published.get("kid"), algorithms, jwt.PyJWK(published, algorithms[0]).key)
    return None


def _algorithms(published: Mapping[str, Any]) -> tuple[str, ...]:
    kind, curve, named = published.get("kty"), published.get("crv", ""), published.get("alg")
    of_kind = _ALGORITHMS.get((str(kind), str(curve)), ())
    return of_kind if named is None else tuple(name for name in of_kind if name == named)
