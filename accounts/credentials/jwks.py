"""The keys that the identity provider publishes (JWKS). They are read when needed and kept while it is unreachable.

A thread reads them. Requests whose key is known never wait for it; of the others only a few wait, for a moment.
"""

import http.client
import logging
import threading
import time
from functools import cache

import jwt
import msgspec
from django.conf import settings

from accounts.credentials.provider_http import read_json
from accounts.credentials.provider_keys import ProviderKey, keys_from
from accounts.errors import ProviderUnavailable

LIFE_S = 600.0
RETRY_INTERVAL_S = 15.0
READING_S = 4.0
"""The most that reading the keys takes."""
WAIT_S = 2.0
WAITING_AT_MOST = 4
"""The most requests of a process that wait for keys; each holds a thread."""
TRIED_AT_MOST = 8
"""The most keys that are tried for a token that does not name its key."""
DISCOVERY = "/.well-known/openid-configuration"

_log = logging.getLogger(__name__)


class KeyRing:
    """One provider's keys. At most one thread of the process reads them at a time."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer.rstrip("/")
        self._keys: tuple[ProviderKey, ...] = ()
        self._waiting = threading.BoundedSemaphore(WAITING_AT_MOST)
        self._lock = threading.Lock()
        self._is_idle = threading.Event()
        self._is_idle.set()
        self._asked_s = float("-inf")
        self.due_s = 0.0

    def keys(self, key_id: str | None, algorithm: str, *, waits: bool = True) -> list[ProviderKey]:
        """Return the keys with which a token may be signed that names this id (None: no id) and algorithm.

        Raises jwt.InvalidKeyError if there is none, and ProviderUnavailable if that cannot be known yet: if it `waits`,
        after a moment, otherwise at once.
        """
        if time.monotonic() >= self.due_s or not self._fitting(key_id, algorithm):
            self._begin_reading()
        if waits and not self._fitting(key_id, algorithm):
            self._wait()
        if found := self._fitting(key_id, algorithm):
            return found
        if not self._keys or not self._is_idle.is_set():
            raise ProviderUnavailable("The identity provider cannot be reached")
        raise jwt.InvalidKeyError

    def _fitting(self, key_id: str | None, algorithm: str) -> list[ProviderKey]:
        fitting = (key for key in self._keys if algorithm in key.algorithms and key_id in (None, key.id))
        return list(fitting)[:TRIED_AT_MOST]

    def _wait(self) -> None:
        if self._waiting.acquire(blocking=False):
            try:
                self._is_idle.wait(WAIT_S)
            finally:
                self._waiting.release()

    def _begin_reading(self) -> None:
        """Have a thread read the keys, if none does and that was not tried lately."""
        with self._lock:
            now_s = time.monotonic()
            if not self._is_idle.is_set() or now_s < self._asked_s + RETRY_INTERVAL_S:
                return
            self._asked_s = now_s
            self._is_idle.clear()
        threading.Thread(target=self._read, args=(now_s,), name="provider-keys", daemon=True).start()

    def _read(self, now_s: float) -> None:
        try:
            self._keys = self._published()
            self.due_s = now_s + LIFE_S
        except (OSError, http.client.HTTPException, ValueError, KeyError, msgspec.MsgspecError) as error:
            _log.warning("The identity provider's keys cannot be read. error=%s", type(error).__name__)
        finally:
            self._is_idle.set()

    def _published(self) -> tuple[ProviderKey, ...]:
        place = read_json(f"{self._issuer}{DISCOVERY}", within_s=READING_S / 2)["jwks_uri"]
        if not str(place).startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise ValueError("jwks_uri must be https")
        return keys_from(read_json(place, within_s=READING_S / 2))


@cache
def _ring_of(issuer: str) -> KeyRing:
    return KeyRing(issuer)


def key_ring() -> KeyRing:
    """Return this process's key ring for AIRA_OIDC_ISSUER."""
    return _ring_of(settings.AIRA_OIDC_ISSUER)
