"""The keys that the identity provider publishes (JWKS). They are read when needed and kept while it is unreachable."""

import logging
import threading
import time
import urllib.error
import urllib.request
from functools import cache
from typing import Any

import jwt
import msgspec
from django.conf import settings

from accounts.errors import ProviderUnavailable
from texts.typed_json import decoder

LIFE_S = 600.0
RETRY_INTERVAL_S = 15.0
TIMEOUT_S = 2.0
ANSWER_MAX_BYTES = 512 * 1024
DISCOVERY = "/.well-known/openid-configuration"

_log = logging.getLogger(__name__)


class KeyRing:
    """One provider's keys by id (`kid`). One thread renews them while the others go on using the known ones."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer.rstrip("/")
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self.turn = threading.Lock()
        self.due_s = 0.0
        self._asked_s = -RETRY_INTERVAL_S

    def key(self, key_id: str | None) -> jwt.PyJWK:
        """Return the key with that id.

        Raises jwt.InvalidKeyError for an unknown id, and ProviderUnavailable if no key could be read yet.
        """
        now_s = time.monotonic()
        if now_s >= self.due_s or key_id not in self._keys:
            self._renew(now_s)
        if not self._keys:
            raise ProviderUnavailable("The identity provider cannot be reached")
        if key_id not in self._keys:
            raise jwt.InvalidKeyError
        return self._keys[key_id]

    def _renew(self, now_s: float) -> None:
        if not self.turn.acquire(blocking=not self._keys):
            return
        try:
            if now_s >= self._asked_s + RETRY_INTERVAL_S:
                self._asked_s = now_s
                self._ask(now_s)
        finally:
            self.turn.release()

    def _ask(self, now_s: float) -> None:
        try:
            self._keys = self._published()
        except (OSError, ValueError, KeyError, msgspec.MsgspecError, jwt.PyJWTError) as error:
            _log.warning("The identity provider's keys cannot be read. error=%s", type(error).__name__)
        else:
            self.due_s = now_s + LIFE_S

    def _published(self) -> dict[str | None, jwt.PyJWK]:
        place = _json(f"{self._issuer}{DISCOVERY}")["jwks_uri"]
        if not place.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise ValueError("jwks_uri must be https")
        published = jwt.PyJWKSet.from_dict(_json(place))
        return {key.key_id: key for key in published.keys if key.public_key_use in (None, "sig")}


def _json(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 (the operator's issuer, or a URL it names)
        return decoder(dict[str, Any]).decode(answer.read(ANSWER_MAX_BYTES))


@cache
def _ring_of(issuer: str) -> KeyRing:
    return KeyRing(issuer)


def key_ring() -> KeyRing:
    """Return this process's key ring for AIRA_OIDC_ISSUER."""
    return _ring_of(settings.AIRA_OIDC_ISSUER)
