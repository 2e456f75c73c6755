"""How an answer says what its write rests on: Redis and a disk, the journal alone, Redis alone, or nothing durable."""

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
    """Return the existing API's flags: `fallback` and `pending` for what is only in the journal, and `durable`.

    `durable` is "server" where the journal could not keep the write, and false where no disk is used.
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

    `body` is a StateOut, or another shape with `state` and `durable`. Without a receipt there was nothing to write.
    """
    if receipt is None:
        return Response(body, status=code, headers=dict(headers or {}))
    state = "pending" if receipt.is_pending else "stored"
    shown = msgspec.structs.replace(body, state=state, **_DURABLE[receipt.durability])
    code = status.HTTP_202_ACCEPTED if receipt.is_pending else code
    return Response(shown, status=code, headers=dict(headers or {}))
