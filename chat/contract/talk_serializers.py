"""Parse requests for a complete reply, of the existing API."""

from collections.abc import Mapping
from typing import Any

from chat.contract.bodies import SaidIn
from chat.contract.serializers import NOT_MESSAGES, decoded
from chat.replies.model import Said
from redis_models.errors import Invalid


def said_in(body: Mapping[str, Any]) -> list[Said]:
    """Return the turns, oldest first; raises Invalid, also if the last one is not the user's."""
    given = decoded(body.get("messages"), list[SaidIn])
    if not given or given[-1].role != "user" or not given[-1].content.strip():
        raise Invalid(NOT_MESSAGES)
    return [Said(each.role, each.content) for each in given]
