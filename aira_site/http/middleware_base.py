"""What our middleware have in common: work around the rest of a request, for WSGI and for ASGI."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
ResponseHook = Callable[[HttpResponseBase], HttpResponseBase]
"""What is done with the response on its way out."""


def unchanged(response: HttpResponseBase) -> HttpResponseBase:
    """Let the response go as it is."""
    return response


class SyncAsyncMiddleware:
    """A middleware that does its work around the rest, whether that is sync or async."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer the request."""
        if self._is_async:
            return self._answer(request)
        with self.around(request) as see_off:
            return see_off(cast("HttpResponseBase", self.get_response(request)))

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        with self.around(request) as see_off:
            return see_off(await cast("Awaitable[HttpResponseBase]", self.get_response(request)))

    def around(self, request: HttpRequest) -> AbstractContextManager[ResponseHook]:
        """Return what the rest of the request runs in, and what then happens to the response."""
        raise NotImplementedError
