"""Requests about conversations and messages, under /api/v1."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from api.idempotency import RequestKey, new_id
from api.requests.fields import (
    IdField,
    MomentField,
    StrictBooleanField,
    StrictCharField,
    StrictListField,
    StrictSerializer,
    StrictTextField,
)
from chat.models import Message
from chat.shapes import MESSAGE_MAX_LENGTH, TAG_MAX_LENGTH, TAGS_AT_MOST, TITLE_MAX_LENGTH
from redis_models.schema.codec import iso_from_ms
from texts.normal_form import each_once

MESSAGES_AT_MOST = 100


class TagsField(StrictListField):
    """Tags, each once."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=StrictCharField(max_length=TAG_MAX_LENGTH), max_length=TAGS_AT_MOST, **options)

    def to_internal_value(self, data: Any) -> tuple[str, ...]:  # type: ignore[override]
        """Return the tags; raises ValidationError."""
        return tuple(each_once(super().to_internal_value(data)))


class ConversationIn(StrictSerializer):
    """A new conversation; a client that chooses the `id` can repeat the request."""

    example = {"title": "A slow Monday", "tags": ["work"]}
    id = IdField(required=False, help_text="An id of your choice, which makes the request safe to repeat.")
    title = StrictCharField(
        max_length=TITLE_MAX_LENGTH,
        required=False,
        default="",
        allow_blank=True,
        help_text="The title; by default, the day on which the conversation began.",
    )
    tags = TagsField(required=False, default=(), help_text="Tags, each once.")


class ConversationChange(StrictSerializer):
    """Changes to a conversation; fields that are left out stay unchanged."""

    example = {"title": "A better Monday"}
    title = StrictCharField(max_length=TITLE_MAX_LENGTH, required=False, help_text="The new title.")
    tags = TagsField(required=False, help_text="The new tags, which replace all tags.")
    archived = StrictBooleanField(required=False, help_text="Whether it is archived.")


class OneMessageIn(StrictSerializer):
    """A message; the defaults are a new id and the time of arrival."""

    example = {"role": "user", "content": "I could not sleep again."}
    id = IdField(
        required=False, help_text="An id of your choice; a message whose id is already stored is not added again."
    )
    role = serializers.ChoiceField(choices=["user", "assistant"], help_text="Who wrote it: the user or Aira.")
    content = StrictTextField(max_length=MESSAGE_MAX_LENGTH, trim_whitespace=False, help_text="The text.")
    timestamp = MomentField(required=False, help_text="When it was written; by default, now.")
    emotion = StrictCharField(
        max_length=TAG_MAX_LENGTH,
        required=False,
        default="",
        allow_blank=True,
        help_text="An emotion to store with it.",
    )


class MessagesIn(StrictSerializer):
    """Messages to append, oldest first."""

    example = {"messages": [OneMessageIn.example]}
    messages = StrictListField(
        child=OneMessageIn(), min_length=1, max_length=MESSAGES_AT_MOST, help_text="The messages, oldest first."
    )


class ReplyIn(StrictSerializer):
    """A request for a reply: to a new message, in place of another reply, or as the rest of one that was cut off."""

    example = {"content": "I could not sleep again."}
    content = StrictTextField(
        max_length=MESSAGE_MAX_LENGTH, required=False, trim_whitespace=False, help_text="The user's new message."
    )
    messageId = IdField(required=False, help_text="An id of your choice for the user's message.")
    replyId = IdField(required=False, help_text="An id of your choice for the reply.")
    regenerate = IdField(required=False, help_text="The reply to regenerate.")
    goOn = IdField(required=False, help_text="The reply to continue, which was cut off.")
    country = StrictCharField(
        max_length=2, required=False, help_text="The country whose helplines to show (ISO 3166 code)."
    )
    voice = StrictBooleanField(required=False, default=False, help_text="Whether the reply will be spoken.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require exactly one of content, regenerate and goOn."""
        if sum(name in attrs for name in ("content", "regenerate", "goOn")) != 1:
            raise serializers.ValidationError({"content": ["One of content, regenerate and goOn is required."]})
        return attrs


def messages_from(given: list[Mapping[str, Any]], *, user_id: str, key: RequestKey | None, now: int) -> list[Message]:
    """Return the messages with ids and times; missing ids are derived from the request's key if there is one."""
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
