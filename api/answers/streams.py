"""Answers sent piece by piece, under WSGI and under ASGI: a stream of the other kind would arrive as one block."""

from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import chain

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from rest_framework.request import Request


def streamed(
    request: Request, pieces: Iterator[bytes], *, content_type: str, headers: Mapping[str, str] | None = None
) -> StreamingHttpResponse:
    """Return the pieces as an answer; the first one is made at once, so that its errors are answered as errors.

    An error in a later piece ends the connection: what was sent is then known not to be whole.
    """
    whole = chain([next(pieces)], pieces)
    is_async = isinstance(request._request, ASGIRequest)  # noqa: SLF001 (DRF's own way to Django's request)
    content = _in_threads(whole) if is_async else whole
    return StreamingHttpResponse(content, content_type=content_type, headers=dict(headers or {}))


async def _in_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Make each piece in a thread, so that the others' requests go on meanwhile."""
    advance = sync_to_async(lambda: next(pieces, None), thread_sensitive=False)
    while (piece := await advance()) is not None:
        yield piece
