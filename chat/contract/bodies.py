"""Request bodies of the chat's existing API, as the OpenAPI document describes them; `serializers` parses by them."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from api.answers.shapes import Moment, Shape, about
from chat.contract.shapes import ChatId
from chat.shapes import MESSAGE_MAX_LENGTH, Tags, Title


class SavedMessageIn(Shape, frozen=True, kw_only=True):
    """A message of a chat; other fields are ignored."""

    id: Annotated[str, about("The message's id. A message whose id is already stored is not added again.", "1")]
    role: Annotated[Literal["user", "assistant"], about("Who wrote it: the user or Aira.", "user")]
    content: Annotated[str, about("The text.", "I could not sleep again.")]
    timestamp: Annotated[Moment, about("When it was written.")]
    emotion: Annotated[str | UnsetType | None, about("An emotion to store with it.", "tired")] = UNSET


class SaveIn(Shape, frozen=True, kw_only=True):
    """A chat to save."""

    messages: Annotated[tuple[SavedMessageIn, ...], about("The messages, oldest first.")]
    title: Title | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    chat_id: ChatId | UnsetType = UNSET


class SaidIn(Shape, frozen=True, kw_only=True):
    """A turn of a conversation; other fields are ignored."""

    role: Annotated[Literal["user", "assistant"], about("Who said it: the user or Aira.", "user")]
    content: Annotated[str, Meta(max_length=MESSAGE_MAX_LENGTH), about("What was said.", "I could not sleep again.")]


class TalkIn(Shape, frozen=True, kw_only=True):
    """The conversation so far."""

    messages: Annotated[tuple[SaidIn, ...], about("The turns, oldest first; the last one is the user's.")]
    country: Annotated[str | UnsetType, about("The country whose helplines to show (ISO 3166 code).", "DE")] = UNSET
    is_voice_mode: Annotated[bool | UnsetType, about("Whether the reply will be spoken.", False)] = UNSET


class GoalIn(Shape, frozen=True, kw_only=True):
    """A tick."""

    goal_id: Annotated[Literal["track-mood", "view-affirmation", "chat-with-aira"], about("The goal.", "track-mood")]
    completed: Annotated[bool | UnsetType, about("False removes the tick.", True)] = UNSET
