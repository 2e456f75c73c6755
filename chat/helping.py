"""Keeping, after it was given, the help that came before everything else."""

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
"""Help does not wait longer for the store."""
SOURCE = "help"


def keep_help(
    *, user_id: str, conversation_id: str, content: str, ids: tuple[str, str], found: Help
) -> dict[str, Any] | None:
    """Append what the user said and the help to the conversation (`ids` of the two messages); nothing is counted.

    Return the help as a message; None for a deleted conversation. Raises RedisModelError where it cannot be kept.
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
