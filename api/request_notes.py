"""What a view notes on its request for the middleware: how a limit stands, and whom the request is about."""

import hashlib
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request


def note_headers(request: Request, headers: dict[str, str]) -> None:
    """Let the answer carry these headers, whether it is an error or not."""
    noted_headers(request._request).update(headers)  # noqa: SLF001 (DRF's own way to Django's request)


def noted_headers(request: HttpRequest) -> dict[str, str]:
    """Return what was noted so far; changing it changes the answer."""
    found: dict[str, str] = request.__dict__.setdefault("noted_headers", {})
    return found


def note_user(request: Request, user_id: str) -> None:
    """Let the log lines of this request say whom it is about, by a short digest."""
    digest = user_digest(user_id)
    structlog.contextvars.bind_contextvars(user=digest)
    request._request.__dict__["noted_user"] = digest  # noqa: SLF001


def noted_user(request: HttpRequest) -> dict[str, Any]:
    """Return the digest as a field of a log line; nothing where no user is known."""
    return {"user": request.__dict__["noted_user"]} if "noted_user" in request.__dict__ else {}


def user_digest(user_id: str) -> str:
    """Return 8 hex digits by which a user's lines are found by whoever has the id and our key."""
    return hashlib.blake2b(user_id.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=4).hexdigest()
