"""Complete replies for clients that keep the conversation themselves: POST /api/chat of the existing API."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from chat.replies import companion, listener, places
from chat.replies.model import Said
from chat.replies.stop_sign import StopSign
from chat.safety import is_crisis
from chat.safety.help import Help, help_for
from chat.usage import Counted, count_message, give_back, usage


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer: a reply, or help in place of one, or neither if the daily limit is reached."""

    text: str = ""
    help: Help | None = None
    limit: Counted | None = None
    is_listener: bool = False


def help_first(said: Sequence[Said], *, country: object) -> Help | None:
    """Return help if the user's last turn contains a crisis phrase, else None."""
    last = next((each for each in reversed(said) if each.role == "user"), None)
    return help_for(country) if last and is_crisis(last.content) else None


def reply(*, user_id: str, said: Sequence[Said], is_spoken: bool = False) -> Reply:
    """Count the message and return the reply; if the reply fails, the message is not counted.

    Raises ModelError, TooManyReplies.
    """
    message_id = f"talk_{secrets.token_hex(8)}"
    with places.place(user_id, message_id, lasts_s=settings.AIRA_MODEL_TIMEOUT_S):
        return _counted_reply(user_id, message_id, said, is_spoken=is_spoken)


def _counted_reply(user_id: str, message_id: str, said: Sequence[Said], *, is_spoken: bool) -> Reply:
    found, calendar, _ = usage(user_id=user_id)
    counted = count_message(user_id=user_id, message_id=message_id, calendar=calendar, limits=found.limits)
    if not counted.is_allowed:
        return Reply(limit=counted)
    text = ""
    try:
        text = _whole(said, is_spoken=is_spoken)
    finally:
        if not text:
            give_back(user_id=user_id, counted=counted)
    return Reply(text=text, is_listener=companion.answerer() == listener.NAME)


def _whole(said: Sequence[Said], *, is_spoken: bool) -> str:
    pieces: list[str] = []

    async def listen() -> None:
        asked = companion.pieces(said, most_s=settings.AIRA_MODEL_TIMEOUT_S, is_spoken=is_spoken)
        pieces.extend([piece async for piece in asked])

    StopSign().run(listen())
    return "".join(pieces).strip()
