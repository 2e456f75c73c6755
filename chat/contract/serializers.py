"""Parse requests of the chat's existing API. Chats have many messages, so a typed decoder parses these."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from api.idempotency import RequestKey
from chat.contract.bodies import SavedMessageIn
from chat.models import Message
from chat.shapes import TAG_MAX_LENGTH, TAGS_AT_MOST, TITLE_MAX_LENGTH
from redis_models.errors import Invalid
from redis_models.schema.codec import iso_from_ms, ms_from_iso
from texts.typed_json import convert

REQUEST_KEY_MAX_LENGTH = 255


def messages_in(body: Mapping[str, Any]) -> list[Message]:
    """Return the body's messages with normalised timestamps; raises Invalid."""
    given = body.get("messages")
    if given == []:
        raise Invalid("Cannot save empty chat")
    try:
        return [_message(message) for message in convert(given, list[SavedMessageIn])]
    except (msgspec.ValidationError, Invalid):
        raise Invalid("Invalid messages format") from None


def _message(message: SavedMessageIn) -> Message:
    emotion = message.emotion or ""
    if not 0 < len(message.id) <= 128 or len(emotion) > TAG_MAX_LENGTH:
        raise Invalid("")
    timestamp = iso_from_ms(ms_from_iso(message.timestamp))
    return Message(message.id, message.role, message.content, timestamp, emotion)


def title_in(body: Mapping[str, Any]) -> str:
    """Return the body's title, or an empty text if there is none; raises Invalid."""
    title = body.get("title") or ""
    if not isinstance(title, str) or len(title) > TITLE_MAX_LENGTH:
        raise Invalid(f"title must be a text of at most {TITLE_MAX_LENGTH} characters")
    return title


def tags_in(body: Mapping[str, Any]) -> list[str]:
    """Return the body's tags; raises Invalid."""
    tags = body.get("tags") or []
    if (
        isinstance(tags, list)
        and len(tags) <= TAGS_AT_MOST
        and all(isinstance(tag, str) and 0 < len(tag) <= TAG_MAX_LENGTH for tag in tags)
    ):
        return tags
    raise Invalid(f"tags must be a list of at most {TAGS_AT_MOST} texts of at most {TAG_MAX_LENGTH} characters")


def request_key_in(header: str | None, body: Mapping[str, Any]) -> RequestKey | None:
    """Return the Idempotency-Key with the digest of the body, or None if there is no key; raises Invalid."""
    if header is None:
        return None
    if not header or len(header) > REQUEST_KEY_MAX_LENGTH:
        raise Invalid(f"Idempotency-Key must be 1 to {REQUEST_KEY_MAX_LENGTH} characters")
    canonical = msgspec.json.encode(body, order="deterministic")
    return RequestKey(key=header, body_digest=hashlib.sha256(canonical).hexdigest()[:32])
