"""The application that `serve` runs under granian's RSGI: it awaits the body, then runs Django in a thread."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import IO

from django.core.handlers.wsgi import WSGIHandler
from granian.rsgi import HTTPProtocol, Scope

from aira_site.http.bodies.limits import BodyRefused, ClientGone, Head, encoded, require_acceptable
from aira_site.http.bodies.memory import BodyMemory
from aira_site.http.bodies.reading import drop, read_whole
from aira_site.http.request_log import HEADER, Refusal
from aira_site.http.rsgi.answers import Answer, answer_of, send
from aira_site.http.rsgi.environ import environ_of, head_of, pieces_of

THREADS = 64
"""How many requests of a worker Django works on at once. Bodies that arrive and open streams hold no thread."""


class Application:
    """Answers requests by Django's WSGI handler, each once its body is whole."""

    def __init__(self, handler: WSGIHandler, *, threads: int = THREADS) -> None:
        self._handler = handler
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._memory = BodyMemory()

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer a request."""
        head = head_of(scope)
        refusal = Refusal(scope.method, scope.headers.get(HEADER.lower(), ""))
        async with aclosing(pieces_of(scope, protocol)) as pieces:
            try:
                await self._answer(scope, protocol, head, pieces)
            except BodyRefused as refused:
                content, headers = encoded(refused.problem, head)
                headers |= refusal.logged(refused.problem.status)
                protocol.response_bytes(refused.problem.status, list(headers.items()), content)
                await drop(pieces)
            except ClientGone:
                refusal.logged(400)
                protocol.response_empty(400, [])  # nobody reads it

    async def _answer(self, scope: Scope, protocol: HTTPProtocol, head: Head, pieces: AsyncIterator[bytes]) -> None:
        require_acceptable(head)
        body = await read_whole(pieces, head, self._memory)
        try:
            content, loop = await body.handed_over(), asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._threads, self._run, scope, content, body.size)
        finally:
            body.close()
        await send(protocol, answer, self._threads)

    def _run(self, scope: Scope, content: IO[bytes], size: int) -> Answer:
        return answer_of(self._handler, environ_of(scope, content, size=size))
