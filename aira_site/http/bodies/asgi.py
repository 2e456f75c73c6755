"""For plain ASGI servers: read the body whole before Django's ASGI handler is called, within the same bounds.

What the server itself has to do: a deadline for the head, and reading no faster than it is asked to.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import IO, Any

from aira_site.http.bodies.limits import BodyRefused, ClientGone, Head, encoded, require_acceptable
from aira_site.http.bodies.memory import BodyMemory
from aira_site.http.bodies.reading import drop, read_whole
from aira_site.http.content_type import without_parameters

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
AsgiApp = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
_OF_THE_BODY = frozenset({b"content-length", b"transfer-encoding"})
_PIECE_BYTES = 256 * 1024


def bounded_asgi(application: AsgiApp) -> AsgiApp:
    """Wrap an ASGI application so that it is called with whole bodies only, and without header names with `_`."""
    memory = BodyMemory()

    async def answer(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        names = [(name.lower(), value) for name, value in scope.get("headers", ())]
        head = _head_of(scope.get("path", ""), names)
        pieces = _pieces(receive)
        try:
            require_acceptable(head)
            body = await read_whole(pieces, head, memory)
            try:
                content = await body.handed_over()
                own = scope | {"headers": _own_headers(names, body.size)}
                await application(own, _receive_again(content, body.size, receive), send)
            finally:
                body.close()
        except BodyRefused as refused:
            await _refuse(send, refused, head)
            await drop(pieces)
        except ClientGone:
            return

    return answer


def _head_of(path: str, headers: list[tuple[bytes, bytes]]) -> Head:
    """Return what the head says; HTTP/2 may send each cookie in a header of its own."""
    given = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    cookies = [value.decode("latin-1") for name, value in headers if name == b"cookie"]
    return Head.of(path, given | ({"cookie": "; ".join(cookies)} if cookies else {}))


def _own_headers(headers: list[tuple[bytes, bytes]], size: int) -> list[tuple[bytes, bytes]]:
    """Return the headers for Django, which needs the length also of a body that came without one."""
    kept = [(name, value) for name, value in headers if b"_" not in name and name not in _OF_THE_BODY]
    return [*map(_without_parameters, kept), (b"content-length", str(size).encode())]


def _without_parameters(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    name, value = header
    return (name, without_parameters(value.decode("latin-1")).encode("latin-1")) if name == b"content-type" else header


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        if piece := message.get("body", b""):
            yield piece
        if not message.get("more_body", False):
            return


def _receive_again(content: IO[bytes], size: int, receive: Receive) -> Receive:
    """Return a `receive` that passes on the whole body, and then what the server says."""
    left = size
    is_over = False

    async def receive_again() -> dict[str, Any]:
        nonlocal left, is_over
        if is_over:
            return await receive()
        piece = content.read(_PIECE_BYTES)
        left -= len(piece)
        is_over = left <= 0
        return {"type": "http.request", "body": piece, "more_body": not is_over}

    return receive_again


async def _refuse(send: Send, refused: BodyRefused, head: Head) -> None:
    body, headers = encoded(refused.problem, head)
    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refused.problem.status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
