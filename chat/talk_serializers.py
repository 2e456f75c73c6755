"""The shapes of talking with Aira: what was said, help, limits and usage."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from accounts.plans import ALLOWANCES
from accounts.serializers import stale_out
from chat.replies.model import Said
from chat.safety.help import Help
from chat.usage import Counted, Usage
from redis_models.errors import Invalid
from redis_models.reader import Answer
from redis_models.schema.codec import iso_from_ms

MESSAGE_MAX_LENGTH = 32_000


class SaidIn(msgspec.Struct):
    """A turn of a conversation as clients send it; other fields are ignored."""

    role: Literal["user", "assistant"]
    content: Annotated[str, msgspec.Meta(max_length=MESSAGE_MAX_LENGTH)]


def said_in(body: Mapping[str, Any]) -> list[Said]:
    """Return what was said, ascending, by the user at the end; raises Invalid."""
    try:
        given = msgspec.convert(body.get("messages"), list[SaidIn])
    except msgspec.ValidationError:
        raise Invalid("Invalid messages format") from None
    if not given or given[-1].role != "user" or not given[-1].content.strip():
        raise Invalid("Invalid messages format")
    return [Said(each.role, each.content) for each in given]


def help_out(found: Help) -> dict[str, Any]:
    """Return help as a message, and the helplines beside it."""
    return {"message": found.text, "help": True, "helplines": msgspec.to_builtins(found.countries)}


def limit_out(counted: Counted) -> dict[str, Any]:
    """Return the contract's words for a limit that is reached."""
    limit = counted.usage.limit
    return {
        "error": "Daily chat limit reached",
        "message": f"You've reached your daily limit of {limit} chats. Upgrade to Premium for unlimited chats!",
        "limit": limit,
        "remaining": 0,
        "upgradeUrl": "/pricing",
        "resetsAt": iso_from_ms(counted.usage.resets_ms),
    }


def usage_out(found: Usage, answer: Answer) -> dict[str, Any]:
    """Return the contract's usage, and when it resets; without a limit, limit and remaining are null.

    In an outage the plan of somebody who was not seen here lately is not known: then `planKnown` is false.
    """
    return {
        "plan": found.plan,
        "used": found.used,
        "remaining": found.remaining,
        "limit": found.limit,
        "allowed": found.is_allowed,
        "resetsAt": iso_from_ms(found.resets_ms),
        **({} if found.is_plan_known else {"planKnown": False}),
        **stale_out(answer),
    }


def plans_out() -> list[dict[str, Any]]:
    """Return what each plan includes."""
    return [
        {"plan": plan, "messagesADay": allowance.messages_a_day, "moodDays": allowance.mood_days}
        for plan, allowance in ALLOWANCES.items()
    ]
