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

    example = {"title": "A slow Monday", "tags": ["work"]}
    id = IdField(required=False, help_text="An id of your own, so that the request can be repeated.")
    title = StrictCharField(
        max_length=TITLE_MAX_LENGTH,
        required=False,
        default="",
        allow_blank=True,
        help_text="The title; without one it is named after its day.",
    )
    tags = TagsField(required=False, default=(), help_text="Tags, each once.")


class ConversationChange(StrictSerializer):
    """What is to be changed; what is left out stays."""

    example = {"title": "A better Monday"}
    title = StrictCharField(max_length=TITLE_MAX_LENGTH, required=False, help_text="The new title.")
    tags = TagsField(required=False, help_text="The new tags; they replace all.")
    archived = StrictBooleanField(required=False, help_text="Whether it is put away.")


class OneMessageIn(StrictSerializer):
    """A message; without an id it gets one, without a time that of its arrival."""

    example = {"role": "user", "content": "I could not sleep again."}
    id = IdField(required=False, help_text="An id of your own; a message with a known id is not added again.")
    role = serializers.ChoiceField(choices=["user", "assistant"], help_text="Who said it: the user or Aira.")
    content = StrictTextField(max_length=MESSAGE_MAX_LENGTH, trim_whitespace=False, help_text="What was said.")
    timestamp = MomentField(required=False, help_text="When it was said; without one, now.")
    emotion = StrictCharField(
        max_length=TAG_MAX_LENGTH, required=False, default="", allow_blank=True, help_text="An emotion to keep with it."
    )


class MessagesIn(StrictSerializer):
    """Messages to append, ascending."""

    example = {"messages": [OneMessageIn.example]}
    messages = serializers.ListField(
        child=OneMessageIn(), min_length=1, max_length=MESSAGES_AT_MOST, help_text="The messages, the oldest first."
    )


class ReplyIn(StrictSerializer):
    """What is to be replied to: something said now, a reply to be written again, or one to be gone on with."""

    example = {"content": "I could not sleep again."}
    content = StrictTextField(
        max_length=MESSAGE_MAX_LENGTH, required=False, trim_whitespace=False, help_text="What the user says now."
    )
    messageId = IdField(required=False, help_text="An id of your own for what the user says.")
    replyId = IdField(required=False, help_text="An id of your own for the reply.")
    regenerate = IdField(required=False, help_text="The reply to write again.")
    goOn = IdField(required=False, help_text="The reply that was cut off, to go on with.")
    country = StrictCharField(
        max_length=2, required=False, help_text="The country whose helplines are wanted (ISO 3166)."
    )
    voice = StrictBooleanField(required=False, default=False, help_text="Whether the reply will be spoken.")

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
