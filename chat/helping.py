"""Store the help that answered a crisis phrase."""

from typing import Any

import msgspec

from chat.models import Message
from chat.safety.help import Help
from chat.services import append_messages
from redis_models.budget import budget
from redis_models.health.clock import now_ms
from redis_models.operations.write import Outcome
from redis_models.schema.codec import iso_from_ms

BUDGET_S = 0.5
"""The longest time (s) that storing the help may delay it."""
SOURCE = "help"


def keep_help(
    *, user_id: str, conversation_id: str, content: str, ids: tuple[str, str], found: Help
) -> dict[str, Any] | None:
    """Append the user's message and the help to the conversation; neither counts towards the daily limit.

    `ids` are the ids of the two messages. Return the help as a message, or None for a deleted conversation. Raises
    RedisModelError if it cannot be stored.
    """
    now = now_ms()
    said = Message(ids[0], "user", content, iso_from_ms(now))
    helped = Message(ids[1], "assistant", found.text, iso_from_ms(now + 1), replyTo=ids[0], source=SOURCE)
    with budget(BUDGET_S):
        receipt = append_messages(user_id=user_id, conversation_id=conversation_id, messages=[said, helped], at=now)
    if receipt.outcome is Outcome.GONE:
        return None
    shown: dict[str, str] = msgspec.to_builtins(helped)
    return shown
