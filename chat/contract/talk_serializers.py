"""Parse requests for a complete reply, of the existing API."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from chat.replies.model import Said
from chat.shapes import MESSAGE_MAX_LENGTH
from redis_models.errors import Invalid
from texts.typed_json import convert


class SaidIn(msgspec.Struct):
    """A turn of a conversation as clients send it; other fields are ignored."""

    role: Literal["user", "assistant"]
    content: Annotated[str, msgspec.Meta(max_length=MESSAGE_MAX_LENGTH)]


def said_in(body: Mapping[str, Any]) -> list[Said]:
    """Return the turns, oldest first; raises Invalid, also if the last one is not the user's."""
    try:
        given = convert(body.get("messages"), list[SaidIn])
    except msgspec.ValidationError:
        raise Invalid("Invalid messages format") from None
    if not given or given[-1].role != "user" or not given[-1].content.strip():
        raise Invalid("Invalid messages format")
    return [Said(each.role, each.content) for each in given]
