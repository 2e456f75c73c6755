"""Redis on every request: `request.redis_healthy`, and the budget for all Redis work. For WSGI and ASGI."""

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
    """Return the flag that the middleware set."""
    return cast("bool", request.redis_healthy)  # type: ignore[attr-defined]


class RedisRetryMiddleware(SyncAsyncMiddleware):
    """Opens the request's budget, within which the connection retries, and answers an escaped outage with 503."""

    @contextmanager
    def around(self, request: HttpRequest) -> Iterator[ResponseHook]:  # noqa: ARG002
        """Give the rest the budget of the settings."""
        with budget(settings.AIRA_REQUEST_BUDGET_S):
            yield unchanged

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Answer one of our errors that a plain Django view let escape."""
        return response_to(exception, request)


class RedisHealthMiddleware(SyncAsyncMiddleware):
    """Sets `request.redis_healthy` from what the monitor last saw: no round trip, no lock."""

    def around(self, request: HttpRequest) -> AbstractContextManager[ResponseHook]:
        """Set the flag."""
        threads.survive_fork()
        request.redis_healthy = registry.current().is_healthy  # type: ignore[attr-defined]
        return nullcontext(unchanged)
