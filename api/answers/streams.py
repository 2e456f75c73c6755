"""Streamed answers. WSGI and ASGI each need their own kind of iterator; the other kind would be sent as one block.

Under `serve` both kinds work: one that waits for events must be async, so that it holds no thread.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import chain

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from rest_framework.request import Request

EVENT_LOOP = "aira.event_loop"
"""Set in the WSGI environ by `serve`, whose event loop sends async streams."""


def waits_in_event_loop(request: Request) -> bool:
    """Return whether an answer that waits for events must be an async iterator: under ASGI, and under `serve`."""
    own = request._request  # noqa: SLF001 (DRF's own way to Django's request)
    return isinstance(own, ASGIRequest) or EVENT_LOOP in request.META


def streamed(
    request: Request, pieces: Iterator[bytes], *, content_type: str, headers: Mapping[str, str] | None = None
) -> StreamingHttpResponse:
    """Return a streamed answer of the pieces. The first piece is made at once, so its errors become error responses.

    An error in a later piece ends the connection, so the client knows that the answer is incomplete.
    """
    whole = chain([next(pieces)], pieces)
    is_async = isinstance(request._request, ASGIRequest)  # noqa: SLF001 (DRF's own way to Django's request)
    content = _in_threads(whole) if is_async else whole
    return StreamingHttpResponse(content, content_type=content_type, headers=dict(headers or {}))


async def _in_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Make each piece in a thread, so that other requests are not blocked."""
    advance = sync_to_async(lambda: next(pieces, None), thread_sensitive=False)
    while (piece := await advance()) is not None:
        yield piece
