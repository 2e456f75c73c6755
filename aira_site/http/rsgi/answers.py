"""Run Django's WSGI handler in a thread, and send what it answers.

A whole answer is sent at once. Events are an async stream, which waits in the event loop and holds no thread. Any other
stream is written to a nameless file first, which granian then sends as fast as the client reads: pieces that were given
to granian one by one would all be in memory if the client reads slowly.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import Executor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any, cast

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse, StreamingHttpResponse
from granian.rsgi import HTTPProtocol, ProtocolClosed

KEPT_OPEN_S = 60.0
"""How long a file stays open here after granian was told to open it too, which takes some milliseconds."""

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request: its content, or a file with it, or a response whose content is an async stream."""

    status: int
    headers: Headers
    content: bytes | IO[bytes] | StreamingHttpResponse


def answer_of(handler: WSGIHandler, environ: dict[str, Any]) -> Answer:
    """Return the handler's answer; a response that is no async stream is closed. Called in a thread."""
    headers: Headers = []

    def start_response(_: str, given: Headers, *__: object) -> Callable[[bytes], object]:
        headers.extend(given)
        return len  # the obsolete way to write an answer, which Django does not use

    response = handler(environ, start_response)
    if isinstance(response, StreamingHttpResponse) and response.is_async:
        return Answer(response.status_code, headers, response)
    try:
        if not isinstance(response, StreamingHttpResponse):
            return Answer(response.status_code, headers, cast("HttpResponse", response).content)
        content, size = _spooled(cast("Iterable[bytes]", response))
    finally:
        response.close()
    if not response.has_header("Content-Length"):
        headers.append(("content-length", str(size)))
    return Answer(response.status_code, headers, content)


def _spooled(pieces: Iterable[bytes]) -> tuple[IO[bytes], int]:
    with ExitStack() as opened:
        file = opened.enter_context(TemporaryFile())
        file.writelines(pieces)
        file.flush()
        opened.pop_all()
    return file, file.tell()


async def send(protocol: HTTPProtocol, answer: Answer, threads: Executor) -> None:
    """Send the answer; return once it was handed to granian, or the stream has ended."""
    if isinstance(answer.content, bytes):
        protocol.response_bytes(answer.status, answer.headers, answer.content)
    elif isinstance(answer.content, StreamingHttpResponse):
        try:
            await _send_stream(protocol, answer, answer.content)
        finally:
            await asyncio.get_running_loop().run_in_executor(threads, answer.content.close)
    else:
        protocol.response_file(answer.status, answer.headers, f"/dev/fd/{answer.content.fileno()}")
        asyncio.get_running_loop().call_later(KEPT_OPEN_S, answer.content.close)


async def _send_stream(protocol: HTTPProtocol, answer: Answer, response: StreamingHttpResponse) -> None:
    """Send pieces as they come, until the stream ends or the client is gone."""
    transport = protocol.response_stream(answer.status, answer.headers)

    async def pass_on() -> None:
        with suppress(ProtocolClosed):
            async for piece in cast("AsyncIterator[bytes]", response):
                await transport.send_bytes(piece)

    async def watch() -> None:
        await protocol.client_disconnect()

    either = [asyncio.create_task(pass_on()), asyncio.create_task(watch())]
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in either:
            task.cancel()
        results = await asyncio.gather(*either, return_exceptions=True)
    if isinstance(results[0], Exception):
        raise results[0]
