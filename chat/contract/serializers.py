"""The shapes of the chat's requests and responses. A typed decoder reads messages: a chat is sent whole, with many."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Literal

import msgspec

from api.answers.staleness import stale_out
from api.answers.write_state import pending_out
from chat.journey import Goals, Journey
from chat.models import Conversation, Message
from chat.selectors import ConversationList, WholeConversation
from chat.services import Request, Saved
from chat.shapes import TAG_MAX_LENGTH, TAGS_AT_MOST, TITLE_MAX_LENGTH
from dashboard.shapes import number
from redis_models.errors import Invalid
from redis_models.schema.codec import iso, iso_from_ms, ms_from_iso

REQUEST_KEY_MAX_LENGTH = 255


class MessageIn(msgspec.Struct):
    """A message as clients send it; other fields are ignored."""

    id: str
    role: Literal["user", "assistant"]
    content: str
    timestamp: str
    emotion: str | None = None


def messages_in(body: Mapping[str, Any]) -> list[Message]:
    """Return the body's messages with normal timestamps; raises Invalid."""
    given = body.get("messages")
    if given == []:
        raise Invalid("Cannot save empty chat")
    try:
        return [_message(message) for message in msgspec.convert(given, list[MessageIn])]
    except (msgspec.ValidationError, Invalid):
        raise Invalid("Invalid messages format") from None


def _message(message: MessageIn) -> Message:
    emotion = message.emotion or ""
    if not 0 < len(message.id) <= 128 or len(emotion) > TAG_MAX_LENGTH:
        raise Invalid("")
    timestamp = iso_from_ms(ms_from_iso(message.timestamp))
    return Message(message.id, message.role, message.content, timestamp, emotion)


def title_in(body: Mapping[str, Any]) -> str:
    """Return the body's title, empty where there is none; raises Invalid."""
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


def request_in(header: str | None, body: Mapping[str, Any]) -> Request | None:
    """Return the Idempotency-Key with the digest of its body, or None where there is no key; raises Invalid."""
    if header is None:
        return None
    if not header or len(header) > REQUEST_KEY_MAX_LENGTH:
        raise Invalid(f"Idempotency-Key must be 1 to {REQUEST_KEY_MAX_LENGTH} characters")
    canonical = msgspec.json.encode(body, order="deterministic")
    return Request(key=header, body_digest=hashlib.sha256(canonical).hexdigest()[:32])


def saved_out(saved: Saved) -> dict[str, Any]:
    """Return the answer to a save; a pending one says so."""
    return {
        "success": True,
        "chatId": saved.conversation_id,
        "title": saved.title,
        "messageCount": saved.message_count,
        "tags": saved.tags,
        "savedAt": saved.saved_at,
        **pending_out(saved.receipt),
    }


def list_out(listed: ConversationList) -> dict[str, Any]:
    """Return the list of summaries; one without Redis says so."""
    return {"success": True, "chats": listed.summaries, "count": listed.count, **origin_out(listed.answer.is_live)}


def full_list_out(listed: ConversationList, whole: Mapping[str, WholeConversation]) -> dict[str, Any]:
    """Return the list with the conversations' messages (`whole` is by id), without those that are not there."""
    there = [summary for summary in listed.summaries if summary["id"] in whole]
    chats = [summary | {"messages": whole[summary["id"]].messages} for summary in there]
    return list_out(listed) | {"chats": chats, "count": listed.count - len(listed.summaries) + len(chats)}


def conversation_out(whole: WholeConversation) -> dict[str, Any]:
    """Return one conversation with its messages."""
    stored: Conversation = whole.conversation
    chat = {
        "id": stored.id,
        "title": stored.title,
        "messages": whole.messages,
        "tags": stored.tags,
        "createdAt": iso(stored.created_at) if stored.created_at else None,
    }
    return {"success": True, "chat": chat, **origin_out(whole.answer.is_live)}


def journey_out(found: Journey) -> dict[str, Any]:
    """Return the events; only a mood has a value."""
    events = [
        {name: value for name, value in asdict(event).items() if value is not None}
        | ({} if event.value is None else {"value": number(event.value)})
        for event in found.events
    ]
    return {"success": True, "events": events, **stale_out(found.answer)}


def goals_out(found: Goals) -> dict[str, Any]:
    """Return which goals are reached."""
    return {"success": True, "goals": {str(goal): done for goal, done in found.reached.items()}} | stale_out(
        found.answer
    )


def origin_out(is_live: bool) -> dict[str, bool]:  # noqa: FBT001 (a fact that is passed on)
    """Return the flags of an answer that does not come from Redis."""
    return {} if is_live else {"redisHealthy": False, "stale": True}
