"""The fields of an answer that say where its write is stored, and how durably."""

from collections.abc import Mapping
from typing import Any

import msgspec
from rest_framework import status
from rest_framework.response import Response

from redis_models.operations.write import Durability, Receipt

_DURABLE: dict[Durability, dict[str, Any]] = {
    Durability.JOURNAL: {},
    Durability.SERVER: {"durable": "server"},
    Durability.MEMORY: {"durable": False},
}


def pending_out(receipt: Receipt) -> dict[str, Any]:
    """Return the existing API's flags: `fallback` and `pending` if the write is only in the journal, and `durable`.

    `durable` is "server" if the journal could not keep the write, and false if no disk is used.
    """
    pending = {"fallback": True, "pending": True} if receipt.is_pending else {}
    return pending | _DURABLE[receipt.durability]


def written(
    body: msgspec.Struct,
    *,
    receipt: Receipt | None,
    code: int = status.HTTP_200_OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the answer to a write under /api/v1: `code` and state "stored", or 202 and state "pending".

    `body` is a StateOut, or another shape with `state` and `durable`. Without a receipt, nothing had to be written.
    """
    if receipt is None:
        return Response(body, status=code, headers=dict(headers or {}))
    state = "pending" if receipt.is_pending else "stored"
    shown = msgspec.structs.replace(body, state=state, **_DURABLE[receipt.durability])
    code = status.HTTP_202_ACCEPTED if receipt.is_pending else code
    return Response(shown, status=code, headers=dict(headers or {}))
