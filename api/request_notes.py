"""Notes on a request for the middleware: changes of the response, and the user for the log."""

import hashlib
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request


def note_headers(request: Request, headers: dict[str, str]) -> None:
    """Add headers to the answer, even if it is an error."""
    noted_headers(request._request).update(headers)  # noqa: SLF001 (DRF's own way to Django's request)


def noted_headers(request: HttpRequest) -> dict[str, str]:
    """Return the headers noted so far; changing the dict changes the answer."""
    found: dict[str, str] = request.__dict__.setdefault("noted_headers", {})
    return found


def note_change(request: Request, change: Callable[[HttpResponseBase], None]) -> None:
    """Have the answer changed before it is sent, even if it is an error: `change` sets cookies, for example."""
    noted_changes(request._request).append(change)  # noqa: SLF001


def noted_changes(request: HttpRequest) -> list[Callable[[HttpResponseBase], None]]:
    """Return the changes noted so far."""
    found: list[Callable[[HttpResponseBase], None]] = request.__dict__.setdefault("noted_changes", [])
    return found


def note_user(request: Request, user_id: str) -> None:
    """Add a short digest of the user's id to the log lines of this request."""
    digest = user_digest(user_id)
    structlog.contextvars.bind_contextvars(user=digest)
    request._request.__dict__["noted_user"] = digest  # noqa: SLF001


def noted_user(request: HttpRequest) -> dict[str, Any]:
    """Return the digest as a field of a log line; empty if no user was noted."""
    return {"user": request.__dict__["noted_user"]} if "noted_user" in request.__dict__ else {}


def user_digest(user_id: str) -> str:
    """Return 8 hex digits for a user; only those who have the id and SECRET_KEY can compute them."""
    return hashlib.blake2b(user_id.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=4).hexdigest()
