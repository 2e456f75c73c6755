"""Streamed replies, under /api/v1."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse

EVENTS = {
    (200, "text/event-stream"): OpenApiResponse(
        OpenApiTypes.STR,
        description="Server-sent events: `reply` (replyId), `delta` (text), then `done` (replyId, message) or `error` "
        "(replyId, code, detail, canGoOn); or `help` (message, helplines) and `done`. Ids count characters sent.",
        examples=[
            OpenApiExample(
                "events",
                'id: 0\nevent: reply\ndata: {"replyId":"r1"}\n\n'
                'id: 11\nevent: delta\ndata: {"text":"I am here."}\n\n'
                'id: 11\nevent: done\ndata: {"replyId":"r1","message":null}\n\n',
            )
        ],
    )
}
"""The answer of operations that stream a reply."""
