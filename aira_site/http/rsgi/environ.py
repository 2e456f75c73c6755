"""From a request of granian's RSGI to a WSGI environ, and to the pieces of its body."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import IO, Any

from granian.rsgi import HTTPProtocol, Scope

from aira_site.http.bodies.limits import INCOMPLETE, BodyRefused, ClientGone, Head
from aira_site.http.content_type import without_parameters
from api.answers.streams import EVENT_LOOP

_GONE_WITHIN_S = 0.05
_PROTOCOLS = {"1": "HTTP/1.0", "1.1": "HTTP/1.1", "2": "HTTP/2"}
_OF_THE_BODY = frozenset({"content-length", "transfer-encoding"})


def head_of(scope: Scope) -> Head:
    """Return what the request's head says about its body."""
    head = Head.of(scope.path, scope.headers)
    if scope.http_version == "2" and head.cookie is not None:  # HTTP/2 may send each cookie in a header of its own
        return replace(head, cookie="; ".join(value for name, value in scope.headers.items() if name == "cookie"))
    return head


async def pieces_of(scope: Scope, protocol: HTTPProtocol) -> AsyncGenerator[bytes, None]:
    """Yield the body as it arrives; raises ClientGone, and BodyRefused if it is not complete.

    granian tells the end of a body, a connection that broke, trailers and empty frames of HTTP/2 alike: as an empty
    piece. A body of known length is complete if it has that length. For another one, a second empty piece means under
    HTTP/1 that it broke (or has trailers, which are refused too); under HTTP/2 the stream was reset if it is over now.
    """
    head = head_of(scope)
    is_http_2 = scope.http_version == "2"
    if not (is_http_2 or head.transfer_encoding or head.length):
        return
    missing_bytes = int(head.length) if head.length else None
    empty_pieces = 0
    async for piece in protocol:
        if not piece:
            empty_pieces += 1
            continue
        yield piece
        if missing_bytes is not None and (missing_bytes := missing_bytes - len(piece)) == 0:
            return
    if missing_bytes or (empty_pieces > 1 and is_http_2 and await _is_gone(protocol)):
        raise ClientGone
    if empty_pieces > 1 and not is_http_2:
        raise BodyRefused(INCOMPLETE)


async def _is_gone(protocol: HTTPProtocol) -> bool:
    try:
        async with asyncio.timeout(_GONE_WITHIN_S):
            await protocol.client_disconnect()
    except TimeoutError:
        return False
    return True


def environ_of(scope: Scope, body: IO[bytes], *, size: int) -> dict[str, Any]:
    """Return the WSGI environ of the request with this body of `size` bytes.

    Header names with `_` are dropped, because an environ cannot tell them from names with `-`.
    """
    server, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),  # as WSGI has it: each byte is a character
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": _PROTOCOLS[scope.http_version],
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "CONTENT_LENGTH": str(size),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        EVENT_LOOP: True,
    }
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority  # of HTTP/2; a Host header comes first
    headers = _headers(scope)
    return environ | headers | {"CONTENT_TYPE": without_parameters(headers.get("CONTENT_TYPE", ""))}


def _headers(scope: Scope) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in scope.headers.items():
        if "_" in name or name in _OF_THE_BODY:
            continue
        variable = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
        separator = "; " if name == "cookie" else ","
        found[variable] = f"{found[variable]}{separator}{value}" if variable in found else value
    return found
