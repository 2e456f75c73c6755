"""The headers that keep an answer from being stored and shown to somebody else."""

from contextlib import AbstractContextManager, nullcontext

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from aira_site.http.middleware_base import ResponseHook, SyncAsyncMiddleware

DECIDING = ("Authorization", "Cookie", "X-User-Id")
"""The headers of a request that say whose data the answer holds."""


class AnswerHeadersMiddleware(SyncAsyncMiddleware):
    """Adds `Cache-Control: no-store` and `Vary` to all answers but static files and those of views with `is_public`."""

    def around(self, request: HttpRequest) -> AbstractContextManager[ResponseHook]:
        """Add the headers."""
        return nullcontext(lambda response: _with_headers(request, response))


def _with_headers(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    match = request.resolver_match
    view = getattr(match.func, "cls", None) if match else None
    if view is not None and not getattr(view, "is_public", False):
        response.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(response, DECIDING)
    return response
