"""For plain WSGI servers: refuse bodies by their head. The server reads bodies in the request's thread.

For a chunked body without a length, a server may give the view an empty body (granian's WSGI does): refused with 411.
A refused body is read and dropped up to 16 MiB, so that the client sees the answer; no deadline is possible here.
"""

from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from itertools import chain
from typing import Any

from aira_site.http.bodies.admission import require_admitted
from aira_site.http.bodies.limits import NO_LENGTH, BodyRefused, Head, encoded, require_acceptable
from aira_site.http.bodies.reading import DROPPED_BYTES
from aira_site.http.content_type import without_parameters

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_PIECE_BYTES = 256 * 1024
_OF_HEAD = ("HTTP_TRANSFER_ENCODING", "HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_ORIGIN")


def bounded_wsgi(application: WsgiApp) -> WsgiApp:
    """Wrap a WSGI application so that such requests are refused."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        head = Head(path, environ.get("CONTENT_LENGTH"), *map(environ.get, _OF_HEAD))
        try:
            _require_length(head)
            require_acceptable(head)
            require_admitted(head, int(head.length or 0))
        except BodyRefused as refused:
            body, headers = encoded(refused.problem, head)
            status = refused.problem.status
            start_response(f"{status} {HTTPStatus(status).phrase}", list(headers.items()))
            return chain([body], _dropped(environ, head))
        content_type = without_parameters(environ.get("CONTENT_TYPE", ""))
        response = application(environ | {"CONTENT_TYPE": content_type}, start_response)
        _drop_unread(environ)
        return response

    return answer


def _require_length(head: Head) -> None:
    if head.transfer_encoding:
        raise BodyRefused(NO_LENGTH)


def _drop_unread(environ: dict[str, Any]) -> None:
    """Drop what the application has not read (it refused the request), if the server says where the body ends."""
    if environ.get("wsgi.input_terminated"):
        _drop(environ, DROPPED_BYTES)


def _drop(environ: dict[str, Any], left: int) -> None:
    while left > 0 and (piece := environ["wsgi.input"].read(min(left, _PIECE_BYTES))):
        left -= len(piece)


def _dropped(environ: dict[str, Any], head: Head) -> Iterator[bytes]:
    """Yield nothing, but read and drop the body, 16 MiB at most, if its length or its end is known."""
    _drop(environ, _known_bytes(environ, head))
    yield from ()


def _known_bytes(environ: dict[str, Any], head: Head) -> int:
    """Return how many bytes may be read without waiting for what never comes."""
    if head.length and head.length.isdecimal():
        return min(int(head.length), DROPPED_BYTES)
    return DROPPED_BYTES if environ.get("wsgi.input_terminated") else 0
