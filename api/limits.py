"""Rate limits, exact for concurrent requests too.

One script counts permits in Redis. While Redis is away, each process counts for itself with the same script. A 429 says
when to try again (`Retry-After`), and every answer says how much is left (`RateLimit`, `RateLimit-Policy`). Source of
those headers: draft-ietf-httpapi-ratelimit-headers.
"""

import hashlib
import ipaddress
import math
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
    """Take one of the subject's permits, and note the headers for the answer; raises TooManyRequests."""
    standing = take(limit, subject=subject)
    note_headers(request, standing.headers())
    if not standing.is_allowed:
        raise TooManyRequests(retry_after_s=standing.wait_s)


def take(limit: Limit, *, subject: str, at: int | None = None) -> Standing:
    """Take one of the subject's permits, if one is left, at `at` (ms; default: now).

    Raises BudgetSpent, because Redis was then not asked and need not be away.
    """
    now = now_ms() if at is None else at
    args = (str(now), str(limit.permits), str(limit.per_s * 1000))
    question = Read("", "api.limit.1", (_key(limit, subject),), args)
    try:
        reply = gateway.read(question)
    except BudgetSpent:
        raise
    except RedisUnavailable:
        reply = fallback.answer(question)
    is_allowed, left, wait_ms, reset_ms = map(int, reply)
    return Standing(limit, bool(is_allowed), left, math.ceil(wait_ms / 1000), math.ceil(reset_ms / 1000))


def address_of(request: Request) -> str:
    """Return the caller's IPv4 address, or the /64 network of an IPv6 address, since one caller has many of those.

    Behind N trusted proxies, the address is the Nth entry of X-Forwarded-For from the right; a client can write the
    entries before it.
    """
    found = request.META.get("REMOTE_ADDR", "")
    proxies = settings.AIRA_TRUSTED_PROXIES
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if proxies and forwarded:
        found = forwarded[-min(proxies, len(forwarded))]
    try:
        address = ipaddress.ip_address(found)
    except ValueError:
        return "unknown"
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)


def _key(limit: Limit, subject: str) -> str:
    """Return the key; it holds only a digest of the subject, which may be an email or an address."""
    salted = hashlib.blake2b(subject.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=16)
    return f"limit:{limit.name}:{salted.hexdigest()}"
