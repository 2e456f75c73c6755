"""How an answer says that its write is only in the journal."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework import status
from rest_framework.response import Response


def pending_out(*, is_pending: bool) -> dict[str, bool]:
    """Return the existing API's flags of a write that is only in the journal; one in memory adds `durable: false`."""
    if not is_pending:
        return {}
    return {"fallback": True, "pending": True} | _durability()


def written(
    body: Mapping[str, Any],
    *,
    is_pending: bool,
    code: int = status.HTTP_200_OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the answer to a write under /api/v1: `code` and state "stored", or 202 and state "pending"."""
    if is_pending:
        kept = {**body, "state": "pending", **_durability()}
        return Response(kept, status=status.HTTP_202_ACCEPTED, headers=dict(headers or {}))
    return Response({**body, "state": "stored"}, status=code, headers=dict(headers or {}))


def _durability() -> dict[str, bool]:
    return {"durable": False} if settings.AIRA_JOURNAL == "memory" else {}
