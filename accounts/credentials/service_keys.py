"""Service keys, with which servers act for any user. Only their digests are stored.

They come from AIRA_SERVICE_KEYS and from Redis, where `manage.py service_key` stores them. Each process caches the keys
of Redis, so they work during an outage. A request reads them only for a key that is unknown, at most every 0.5 s. A
revocation is told to all hosts, as that of a session is.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from django.conf import settings

from accounts import writes
from accounts.credentials import revocation
from redis_models import gateway
from redis_models.budget import budget
from redis_models.errors import Invalid, NotFound, RedisUnavailable
from redis_models.health import registry
from redis_models.health.clock import now_ms
from redis_models.operations.read import Read
from redis_models.schema import keys
from redis_models.schema.codec import iso_from_ms
from redis_models.schema.model import pairs
from redis_models.writer import submit
from texts.typed_json import decoder

PREFIX = "aira_sk_"
NAME_MAX_LENGTH = 64
RENEWED_EVERY_S = 5.0
UNKNOWN_INTERVAL_S = 0.5
BUDGET_S = 0.25

_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """A key as it is stored; `id` is the first 12 characters of its digest, `revoked_at` is empty while it is valid."""

    digest: str
    name: str
    created_at: str
    revoked_at: str = ""

    @property
    def id(self) -> str:
        """Return the id that the commands use."""
        return self.digest[:12]


@dataclass(slots=True)
class _Remembered:
    digests: frozenset[str] = frozenset()
    asked_s: float = float("-inf")


_remembered = _Remembered()


def digest_of(key: str) -> str:
    """Return the SHA-256 digest of a service key, in hex. A key is 256 random bits, so it needs no salt."""
    return hashlib.sha256(key.encode()).hexdigest()


def is_known(key: str) -> bool:
    """Return whether this process knows the key as valid; compares with every digest in constant time."""
    digest = digest_of(key)
    if _is_among(digest, settings.AIRA_SERVICE_KEYS):
        return True
    if revocation.is_revoked_key(digest):
        return False
    if not _is_among(digest, _remembered.digests):
        _ask_if_due(UNKNOWN_INTERVAL_S)
    return _is_among(digest, _remembered.digests)


def is_remembered(key: str) -> bool:
    """Return whether this process has the key in memory, without asking Redis or looking for a revocation."""
    digest = digest_of(key)
    return _is_among(digest, settings.AIRA_SERVICE_KEYS) or _is_among(digest, _remembered.digests)


def renew() -> None:
    """Read the remembered keys again, at most every 5 s: a step of the housekeeping."""
    if _remembered.digests:
        _ask_if_due(RENEWED_EVERY_S)


def _is_among(digest: str, known: Iterable[str]) -> bool:
    return sum(hmac.compare_digest(digest, each) for each in known) > 0


def _ask_if_due(interval_s: float) -> None:
    answers = registry.breaker_for((keys.SERVICE_KEYS,)).health.is_reachable
    if time.monotonic() < _remembered.asked_s + interval_s or not answers:
        return
    with _lock:
        if time.monotonic() >= _remembered.asked_s + interval_s:
            _ask()


def _ask() -> None:
    _remembered.asked_s = time.monotonic()
    try:
        with budget(BUDGET_S):
            found = service_keys()
    except RedisUnavailable:
        return
    _remembered.digests = frozenset(each.digest for each in found if not each.revoked_at)


def forget() -> None:
    """Clear this process's cache, so that the keys are read again."""
    _remembered.digests, _remembered.asked_s = frozenset(), float("-inf")


def service_keys() -> list[ServiceKey]:
    """Return all keys stored in Redis, oldest first; raises RedisUnavailable."""
    stored = pairs(gateway.read(Read("", "accounts.service_keys.1", (keys.SERVICE_KEYS,))))
    found = [decoder(ServiceKey).decode(text) for text in stored.values()]
    return sorted(found, key=lambda each: (each.created_at, each.digest))


def create(*, name: str) -> tuple[str, ServiceKey]:
    """Return a new key, which cannot be shown again, and its stored form; raises Invalid, RedisUnavailable."""
    if not name.isprintable() or not 0 < len(name) <= NAME_MAX_LENGTH:
        raise Invalid(f"name must be 1 to {NAME_MAX_LENGTH} printable characters.")
    key = f"{PREFIX}{secrets.token_urlsafe(32)}"
    at = now_ms()
    kept = ServiceKey(digest_of(key), name, iso_from_ms(at))
    submit(writes.service_key(digest=kept.digest, encoded=msgspec.json.encode(kept).decode(), at=at))
    return key, kept


def revoke(*, key_id: str) -> ServiceKey:
    """Revoke the key; revoking it again changes nothing. Raises NotFound, RedisUnavailable."""
    found = next((each for each in service_keys() if each.id == key_id), None)
    if found is None:
        raise NotFound("There is no such service key.")
    if found.revoked_at:
        return found
    at = now_ms()
    revoked = ServiceKey(found.digest, found.name, found.created_at, iso_from_ms(at))
    encoded = msgspec.json.encode(revoked).decode()
    submit(writes.service_key_revocation(digest=found.digest, encoded=encoded, at=at))
    revocation.hold_key(found.digest, at=at)
    return revoked
