"""What both APIs say alike: how long things may be, help, and what is left of the day's messages."""

from typing import Any

import msgspec

from api.answers.staleness import stale_out
from chat.safety.help import Help
from chat.usage import Usage
from redis_models.reader import Answer
from redis_models.schema.codec import iso_from_ms

TITLE_MAX_LENGTH = 200
TAG_MAX_LENGTH = 64
TAGS_AT_MOST = 50
MESSAGE_MAX_LENGTH = 32_000


def help_out(found: Help) -> dict[str, Any]:
    """Return help as a message, and the helplines beside it."""
    return {"message": found.text, "help": True, "helplines": msgspec.to_builtins(found.countries)}


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
