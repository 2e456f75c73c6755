"""Redis on every request: `request.redis_healthy`, and the budget for all Redis work. For WSGI and ASGI."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from aira_site.exception_handler import response_to
from redis_models import background, health
from redis_models.budget import budget

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


def redis_healthy(request: HttpRequest) -> bool:
    """Return the flag that the middleware set."""
    return cast("bool", request.redis_healthy)  # type: ignore[attr-defined]


class _Around:
    """A middleware that does its work around the rest, whether that is sync or async."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._answer(request)
        with self.around(request):
            return self.get_response(request)

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        with self.around(request):
            return await cast("Awaitable[HttpResponseBase]", self.get_response(request))

    def around(self, request: HttpRequest) -> AbstractContextManager[None]:
        """Return what the rest of the request runs in."""
        raise NotImplementedError


class RedisRetryMiddleware(_Around):
    """Opens the request's budget, within which the connection retries, and answers an escaped outage with 503."""

    def around(self, request: HttpRequest) -> AbstractContextManager[None]:  # noqa: ARG002
        """Return the budget of the settings."""
        return budget(settings.AIRA_REQUEST_BUDGET_S)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Answer one of our errors that a plain Django view let escape."""
        return response_to(exception, request)


class RedisHealthMiddleware(_Around):
    """Sets `request.redis_healthy` from what the monitor last saw: no round trip, no lock."""

    def around(self, request: HttpRequest) -> AbstractContextManager[None]:
        """Set the flag."""
        background.survive_fork()
        request.redis_healthy = health.current().is_healthy  # type: ignore[attr-defined]
        return nullcontext()
