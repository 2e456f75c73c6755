"""Read a chat of an older server: one JSON text. A message without id or time gets one from its position. No I/O."""

from dataclasses import dataclass
from typing import Any

import msgspec

from chat.models import Message
from redis_models.errors import Invalid
from redis_models.schema.codec import iso_from_ms, ms_from_iso
from texts.typed_json import convert, decoder


@dataclass(frozen=True, slots=True)
class OldChat:
    """The readable part of a chat; `unread` counts the messages that cannot be read. Times are ms since the epoch."""

    title: str
    tags: list[str]
    messages: list[Message]
    created_ms: int
    updated_ms: int
    unread: int


class _StoredMessage(msgspec.Struct):
    content: str
    role: str = "user"
    id: str | int | None = None
    timestamp: str | int | None = None
    emotion: str | None = None


class _StoredChat(msgspec.Struct):
    messages: list[Any] = []
    title: str | None = None
    tags: list[Any] = []
    createdAt: str | int | None = None  # noqa: N815 (as it is stored)
    updatedAt: str | int | None = None  # noqa: N815


def old_chat(chat_id: str, text: str, *, now: int) -> OldChat:
    """Return the chat in the text; raises Invalid if the text is not a chat."""
    try:
        stored = decoder(_StoredChat).decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        raise Invalid("it is not the JSON of a chat") from None
    created = ms_of(stored.createdAt, otherwise=_ms_in(chat_id, otherwise=now))
    read = [_message(each, position, created) for position, each in enumerate(stored.messages)]
    messages = [message for message in read if message is not None]
    return OldChat(
        title=stored.title or "",
        tags=[tag for tag in stored.tags if isinstance(tag, str) and tag],
        messages=messages,
        created_ms=created,
        updated_ms=ms_of(stored.updatedAt, otherwise=created),
        unread=len(read) - len(messages),
    )


def _message(stored: Any, position: int, created: int) -> Message | None:
    try:
        given = convert(stored, _StoredMessage)
    except msgspec.ValidationError:
        return None
    message_id = str(given.id if given.id is not None else f"legacy{position}")[:128] or f"legacy{position}"
    role = "user" if given.role == "user" else "assistant"
    timestamp = iso_from_ms(ms_of(given.timestamp, otherwise=created + position))
    return Message(message_id, role, given.content, timestamp, given.emotion or "")


def ms_of(value: str | int | None, *, otherwise: int) -> int:
    """Return an ISO 8601 time, or a time in ms, as ms since the epoch; `otherwise` if the value is neither."""
    text = str(value or "")
    try:
        found = int(text) if text.isascii() and text.isdigit() else ms_from_iso(text)
    except (Invalid, OverflowError, ValueError):
        return otherwise
    return found if 0 < found < 253_402_300_800_000 else otherwise


def _ms_in(chat_id: str, *, otherwise: int) -> int:
    """Return the time (ms) in an id like chat_1795423341822_3rql27vsu; `otherwise` if there is none."""
    parts = chat_id.split("_")
    return ms_of(parts[1] if len(parts) == 3 else None, otherwise=otherwise)
