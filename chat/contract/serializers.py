"""Parse requests of the chat's existing API. Chats have many messages, so a typed decoder parses these."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

import msgspec
from rest_framework.exceptions import ParseError

from api.idempotency import RequestKey
from api.requests.parsers import tree
from chat.contract.bodies import SavedMessageIn
from chat.models import Message
from chat.shapes import TAG_MAX_LENGTH, TAGS_AT_MOST, TITLE_MAX_LENGTH
from redis_models.errors import Invalid
from redis_models.schema.codec import iso_from_ms, ms_from_iso
from texts.typed_json import decoder

REQUEST_KEY_MAX_LENGTH = 255
NOT_MESSAGES: Final = "Invalid messages format"
T = TypeVar("T")


def messages_in(body: Mapping[str, Any]) -> list[Message]:
    """Return the body's messages with normalised timestamps; raises Invalid."""
    given = decoded(body.get("messages"), list[SavedMessageIn])
    if not given:
        raise Invalid("Cannot save empty chat")
    try:
        return [_message(message) for message in given]
    except Invalid:
        raise Invalid(NOT_MESSAGES) from None


def decoded(messages: msgspec.Raw | None, kind: type[T]) -> T:
    """Return the messages, which are JSON, as values of the type, or raise Invalid; ParseError if they are not JSON."""
    try:
        return decoder(kind).decode(bytes(messages or b"null"))
    except msgspec.ValidationError:
        raise Invalid(NOT_MESSAGES) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ParseError("Invalid JSON") from None


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
    """Return the Idempotency-Key with the digest of the body, or None if there is no key; raises Invalid.

    Only the digest needs the fields of messages that we do not know, so only here each message is made a tree; raises
    BodyTooLarge and ParseError if that is not possible.
    """
    if header is None:
        return None
    if not header or len(header) > REQUEST_KEY_MAX_LENGTH:
        raise Invalid(f"Idempotency-Key must be 1 to {REQUEST_KEY_MAX_LENGTH} characters")
    try:
        return RequestKey(key=header, body_digest=_digest(body))
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ParseError("Invalid JSON") from None


def _digest(body: Mapping[str, Any]) -> str:
    """Return the digest of the body with all names in order. There is a tree of only one message at a time."""
    digest = hashlib.sha256()
    digest.update(b"{")
    for position, name in enumerate(sorted(body)):
        digest.update((b"," if position else b"") + msgspec.json.encode(name) + b":")
        for piece in _canonical(body[name]):
            digest.update(piece)
    digest.update(b"}")
    return digest.hexdigest()[:32]


def _canonical(value: Any) -> Iterator[bytes]:
    if not isinstance(value, msgspec.Raw):
        yield msgspec.json.encode(value, order="deterministic")
        return
    yield b"["
    for position, message in enumerate(decoder(list[msgspec.Raw]).decode(bytes(value))):
        yield (b"," if position else b"") + msgspec.json.encode(tree(message), order="deterministic")
    yield b"]"
