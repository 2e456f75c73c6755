"""Rate limits, exact for concurrent requests too.

One script counts permits in Redis. While Redis is away, each process counts for itself with the same script. A 429 says
when to try again (`Retry-After`). Answers say how much is left (`RateLimit`, `RateLimit-Policy`) only if the limit is
one of the caller's address or of the caller itself: how often others tried is nobody's business. Source of those
headers: draft-ietf-httpapi-ratelimit-headers.
"""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from api.request_notes import note_headers
from redis_models import gateway
from redis_models.errors import BudgetSpent, RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.offline import fallback
from redis_models.operations.read import Read


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `permits` requests at once; used permits come back evenly over `per_s` seconds."""

    name: str
    permits: int
    per_s: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a limit for one subject: permits left, seconds until one is free, and until all are."""

    limit: Limit
    is_allowed: bool
    left: int
    wait_s: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """Return the response headers for this state."""
        name = self.limit.name
        return {
            "RateLimit-Policy": f'"{name}";q={self.limit.permits};w={self.limit.per_s}',
            "RateLimit": f'"{name}";r={self.left};t={self.wait_s if self.left == 0 else self.reset_s}',
        }


class TooManyRequests(APIException):
    """The limit's permits are used up."""

    status_code = 429
    default_detail = "Too many requests. Please try again later."
    default_code = "too_many_requests"

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


def spend(request: Request, limit: Limit, *, subject: str) -> None:
    """Take one of the permits of the caller or its address; note the headers for the answer; raises TooManyRequests."""
    standing = take(limit, subject=subject)
    note_headers(request, standing.headers())
    _require(standing)


def spend_of_others(limit: Limit, *, subject: str) -> None:
    """Take one of the permits that the caller shares with others, and tell nothing of it; raises TooManyRequests."""
    _require(take(limit, subject=subject))


def _require(standing: Standing) -> None:
    if not standing.is_allowed:
        raise TooManyRequests(retry_after_s=standing.wait_s)


def spend_here(request: Request, limit: Limit, *, subject: str) -> None:
    """Take one of the subject's permits in this process only, without the store; raises TooManyRequests."""
    question = _question(limit, subject, now_ms())
    standing = _standing(limit, fallback.answer(question))
    if not standing.is_allowed:
        note_headers(request, standing.headers())
        raise TooManyRequests(retry_after_s=standing.wait_s)


def take(limit: Limit, *, subject: str, at: int | None = None) -> Standing:
    """Take one of the subject's permits, if one is left, at `at` (ms; default: now).

    Raises BudgetSpent, because Redis was then not asked and need not be away.
    """
    question = _question(limit, subject, now_ms() if at is None else at)
    try:
        reply = gateway.read(question)
    except BudgetSpent:
        raise
    except RedisUnavailable:
        reply = fallback.answer(question)
    return _standing(limit, reply)


def _question(limit: Limit, subject: str, now: int) -> Read:
    args = (str(now), str(limit.permits), str(limit.per_s * 1000))
    return Read("", "api.limit.1", (_key(limit, subject),), args)


def _standing(limit: Limit, reply: Iterable[object]) -> Standing:
    is_allowed, left, wait_ms, reset_ms = (int(str(each)) for each in reply)
    return Standing(limit, bool(is_allowed), left, math.ceil(wait_ms / 1000), math.ceil(reset_ms / 1000))


def _key(limit: Limit, subject: str) -> str:
    """Return the key; it holds only a digest of the subject, which may be an email or an address."""
    salted = hashlib.blake2b(subject.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=16)
    return f"limit:{limit.name}:{salted.hexdigest()}"
