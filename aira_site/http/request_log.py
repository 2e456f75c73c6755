"""One log line per request: its id, method, route, status and time, without user content. The answer has the id too."""

import re
import secrets
import time
from contextlib import AbstractContextManager, nullcontext

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from aira_site.http.middleware_base import ResponseHook, SyncAsyncMiddleware
from api.request_notes import noted_changes, noted_headers, noted_user

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")
_log = structlog.get_logger("aira.request")


class RequestLogMiddleware(SyncAsyncMiddleware):
    """Logs each request; must be the outermost middleware. The line of a streamed answer is written when it begins."""

    def around(self, request: HttpRequest) -> AbstractContextManager[ResponseHook]:
        """Give the request an id, and log its response."""
        request_id, begun = _begin(request)
        return nullcontext(lambda response: _ended(request, response, request_id, begun))


class Refusal:
    """The log line of a request whose body is refused or does not become whole, so that Django does not see it.

    Make it when the request begins.
    """

    def __init__(self, method: str, given_id: str) -> None:
        self._method = method
        self._given_id = given_id
        self._begun = time.perf_counter()

    def logged(self, status: int) -> dict[str, str]:
        """Log the request; return the header with its id."""
        request_id = _request_id(self._given_id)
        _log.info("Answered.", request=request_id, method=self._method, route="-", status=status, ms=_ms(self._begun))
        return {HEADER: request_id}


def _request_id(given: str) -> str:
    return given if _GIVEN.fullmatch(given) else secrets.token_hex(8)


def _ms(begun: float) -> float:
    return round((time.perf_counter() - begun) * 1000, 1)


def _begin(request: HttpRequest) -> tuple[str, float]:
    request_id = _request_id(request.headers.get(HEADER, ""))
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=request_id)
    return request_id, time.perf_counter()


def _ended(request: HttpRequest, response: HttpResponseBase, request_id: str, begun: float) -> HttpResponseBase:
    response.headers[HEADER] = request_id
    for name, value in noted_headers(request).items():
        response.headers[name] = value
    for change in noted_changes(request):
        change(response)
    match = request.resolver_match
    _log.info(
        "Answered.",
        method=request.method,
        route=match.route if match else "-",
        status=response.status_code,
        ms=_ms(begun),
        **noted_user(request),
    )
    return response
