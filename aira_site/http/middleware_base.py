"""The base of middleware that works for WSGI and ASGI."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
ResponseHook = Callable[[HttpResponseBase], HttpResponseBase]
"""A function that receives the response and returns the one to send."""


def unchanged(response: HttpResponseBase) -> HttpResponseBase:
    """Return the response unchanged."""
    return response


class SyncAsyncMiddleware:
    """A middleware that works with a sync or an async `get_response`."""

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
        with self.around(request) as hook:
            return hook(cast("HttpResponseBase", self.get_response(request)))

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        with self.around(request) as hook:
            return hook(await cast("Awaitable[HttpResponseBase]", self.get_response(request)))

    def around(self, request: HttpRequest) -> AbstractContextManager[ResponseHook]:
        """Return a context manager for the rest of the request; it yields the hook for the response."""
        raise NotImplementedError
