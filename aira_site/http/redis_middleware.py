"""Middleware that sets `request.redis_healthy`, and the time budget of the request's Redis work."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from aira_site.http.exception_handler import response_to
from aira_site.http.middleware_base import ResponseHook, SyncAsyncMiddleware, unchanged
from redis_models.background import threads
from redis_models.budget import budget
from redis_models.health import registry


def redis_healthy(request: HttpRequest) -> bool:
    """Return the flag that RedisHealthMiddleware has set."""
    return cast("bool", request.redis_healthy)  # type: ignore[attr-defined]


class RedisRetryMiddleware(SyncAsyncMiddleware):
    """Sets the time budget within which the connection retries, and answers errors that escape Django views."""

    @contextmanager
    def around(self, request: HttpRequest) -> Iterator[ResponseHook]:  # noqa: ARG002
        """Run the request with the budget of the settings."""
        with budget(settings.AIRA_REQUEST_BUDGET_S):
            yield unchanged

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Return the response to an error that escaped a plain Django view, e.g. 503 in an outage."""
        return response_to(exception, request)


class RedisHealthMiddleware(SyncAsyncMiddleware):
    """Sets `request.redis_healthy` from the last known health; no round trip, no lock."""

    def around(self, request: HttpRequest) -> AbstractContextManager[ResponseHook]:
        """Set the flag."""
        threads.survive_fork()
        request.redis_healthy = registry.current().is_healthy  # type: ignore[attr-defined]
        return nullcontext(unchanged)
