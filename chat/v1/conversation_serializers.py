"""Conversations and messages, as they are sent to /api/v1."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from api.idempotency import RequestKey, new_id
from api.requests.fields import (
    IdField,
    MomentField,
    StrictBooleanField,
    StrictCharField,
    StrictSerializer,
    StrictTextField,
)
from chat.models import Message
from chat.shapes import MESSAGE_MAX_LENGTH, TAG_MAX_LENGTH, TAGS_AT_MOST, TITLE_MAX_LENGTH
from redis_models.schema.codec import iso_from_ms

MESSAGES_AT_MOST = 100


class TagsField(serializers.ListField):
    """Tags, each once."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=StrictCharField(max_length=TAG_MAX_LENGTH), max_length=TAGS_AT_MOST, **options)

    def to_internal_value(self, data: Any) -> tuple[str, ...]:  # type: ignore[override]
        """Return the tags; raises ValidationError."""
        return tuple(dict.fromkeys(super().to_internal_value(data)))


class ConversationIn(StrictSerializer):
    """A new conversation; `id` may be chosen, so that a request can be repeated."""

    id = IdField(required=False)
    title = StrictCharField(max_length=TITLE_MAX_LENGTH, required=False, default="", allow_blank=True)
    tags = TagsField(required=False, default=())


class ConversationChange(StrictSerializer):
    """What is to be changed; what is left out stays."""

    title = StrictCharField(max_length=TITLE_MAX_LENGTH, required=False)
    tags = TagsField(required=False)
    archived = StrictBooleanField(required=False)


class OneMessageIn(StrictSerializer):
    """A message; without an id it gets one, without a time that of its arrival."""

    id = IdField(required=False)
    role = serializers.ChoiceField(choices=["user", "assistant"])
    content = StrictTextField(max_length=MESSAGE_MAX_LENGTH, trim_whitespace=False)
    timestamp = MomentField(required=False)
    emotion = StrictCharField(max_length=TAG_MAX_LENGTH, required=False, default="", allow_blank=True)


class MessagesIn(StrictSerializer):
    """Messages to append, ascending."""

    messages = serializers.ListField(child=OneMessageIn(), min_length=1, max_length=MESSAGES_AT_MOST)


class ReplyIn(StrictSerializer):
    """What is to be replied to: something said now, a reply to be written again, or one to be gone on with."""

    content = StrictTextField(max_length=MESSAGE_MAX_LENGTH, required=False, trim_whitespace=False)
    messageId = IdField(required=False)
    replyId = IdField(required=False)
    regenerate = IdField(required=False)
    goOn = IdField(required=False)
    country = StrictCharField(max_length=2, required=False)
    voice = StrictBooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require exactly one of content, regenerate and goOn."""
        if sum(name in attrs for name in ("content", "regenerate", "goOn")) != 1:
            raise serializers.ValidationError({"content": ["One of content, regenerate and goOn is required."]})
        return attrs


def messages_from(given: list[Mapping[str, Any]], *, user_id: str, key: RequestKey | None, now: int) -> list[Message]:
    """Return the messages with ids (derived from the request's key where it has one) and times."""
    return [
        Message(
            id=each.get("id") or _id_at(position, user_id, key),
            role=each["role"],
            content=each["content"],
            timestamp=iso_from_ms(each.get("timestamp", now)),
            emotion=each["emotion"],
        )
        for position, each in enumerate(given)
    ]


def _id_at(position: int, user_id: str, key: RequestKey | None) -> str:
    return new_id(user_id, key, prefix="msg") + (f".{position}" if position else "")
