"""Refuse bodies by their headers, before anything is read, for WSGI and ASGI.

For a chunked body without a length, a server may give the view an empty body (granian's WSGI does): refused with 411.
Django's ASGI handler spools a body of any size to disk before it calls the view: too large ones are refused with 413.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec

from api.answers.problems import CONTENT_TYPE, Problem
from api.answers.shapes import ErrorOut
from api.errors import BodyTooLarge
from api.requests.content import V1_PREFIX

LARGEST_BODY_BYTES = 8 * 1024 * 1024
LARGEST_OF_PATH = {"/api/v1/users/me/import": 512 * 1024 * 1024}
_PHRASES = {411: "411 Length Required", 413: "413 Content Too Large", 400: "400 Bad Request"}

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
AsgiApp = Callable[[dict[str, Any], Callable[..., Any], Callable[..., Any]], Awaitable[None]]


def refusal(path: str, *, length: str | None, transfer_encoding: str | None) -> Problem | None:
    """Return why a request with these headers is refused; None if it is not."""
    if transfer_encoding:
        return Problem(411, "A body needs a Content-Length", "length_required")
    if not length:
        return None
    if not (length.isascii() and length.isdecimal() and len(length) < 20):
        return Problem(400, "Content-Length is not a number", "bad_request")
    if int(length) > LARGEST_OF_PATH.get(path, LARGEST_BODY_BYTES):
        return Problem(BodyTooLarge.status_code, BodyTooLarge.default_detail, BodyTooLarge.default_code)
    return None


def bounded_wsgi(application: WsgiApp) -> WsgiApp:
    """Wrap a WSGI application so that such requests are refused."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        problem = refusal(
            environ.get("PATH_INFO", ""),
            length=environ.get("CONTENT_LENGTH"),
            transfer_encoding=environ.get("HTTP_TRANSFER_ENCODING"),
        )
        if problem is None:
            return application(environ, start_response)
        body, headers = _answer(problem, environ.get("PATH_INFO", ""))
        start_response(_PHRASES[problem.status], headers)
        return [body]

    return answer


def bounded_asgi(application: AsgiApp) -> AsgiApp:
    """Wrap an ASGI application so that such requests are refused."""

    async def answer(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
        path = scope.get("path", "")
        problem = refusal(path, length=given.get("content-length"), transfer_encoding=given.get("transfer-encoding"))
        if problem is None:
            await application(scope, receive, send)
            return
        body, headers = _answer(problem, path)
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": problem.status, "headers": encoded})
        await send({"type": "http.response.body", "body": body})

    return answer


def _answer(problem: Problem, path: str) -> tuple[bytes, list[tuple[str, str]]]:
    is_v1 = path.startswith(V1_PREFIX)
    body = msgspec.json.encode(problem.document() if is_v1 else ErrorOut(error=problem.detail))
    content_type = CONTENT_TYPE if is_v1 else "application/json"
    return body, [("Content-Type", content_type), ("Content-Length", str(len(body))), ("Connection", "close")]
