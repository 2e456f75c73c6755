"""Parse requests for a complete reply, of the existing API."""

from collections.abc import Mapping
from typing import Any

import msgspec

from chat.contract.bodies import SaidIn
from chat.replies.model import Said
from redis_models.errors import Invalid
from texts.typed_json import convert


def said_in(body: Mapping[str, Any]) -> list[Said]:
    """Return the turns, oldest first; raises Invalid, also if the last one is not the user's."""
    try:
        given = convert(body.get("messages"), list[SaidIn])
    except msgspec.ValidationError:
        raise Invalid("Invalid messages format") from None
    if not given or given[-1].role != "user" or not given[-1].content.strip():
        raise Invalid("Invalid messages format")
    return [Said(each.role, each.content) for each in given]
