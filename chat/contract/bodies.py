"""What is sent to the chat's endpoints of the existing API, for the OpenAPI document; `serializers` reads it."""

from typing import Annotated, Literal

from msgspec import UNSET, UnsetType

from api.answers.shapes import Moment, Shape, about
from chat.contract.shapes import ChatId
from chat.shapes import Tags, Title


class SavedMessageIn(Shape, frozen=True, kw_only=True):
    """A message of a chat."""

    id: Annotated[str, about("The message's id; a known one is not added again.", "1")]
    role: Annotated[Literal["user", "assistant"], about("Who said it: the user or Aira.", "user")]
    content: Annotated[str, about("What was said.", "I could not sleep again.")]
    timestamp: Annotated[Moment, about("When it was said.")]
    emotion: Annotated[str | UnsetType | None, about("An emotion to keep with it.", "tired")] = UNSET


class SaveIn(Shape, frozen=True, kw_only=True):
    """A chat to save."""

    messages: Annotated[tuple[SavedMessageIn, ...], about("The messages, the oldest first.")]
    title: Title | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    chat_id: ChatId | UnsetType = UNSET


class SaidIn(Shape, frozen=True, kw_only=True):
    """A turn of a conversation."""

    role: Annotated[Literal["user", "assistant"], about("Who said it: the user or Aira.", "user")]
    content: Annotated[str, about("What was said.", "I could not sleep again.")]


class TalkIn(Shape, frozen=True, kw_only=True):
    """What was said so far."""

    messages: Annotated[tuple[SaidIn, ...], about("The turns, the oldest first; the user's at the end.")]
    country: Annotated[str | UnsetType, about("The country whose helplines are wanted (ISO 3166).", "DE")] = UNSET
    is_voice_mode: Annotated[bool | UnsetType, about("Whether the reply will be spoken.", False)] = UNSET


class GoalIn(Shape, frozen=True, kw_only=True):
    """A tick."""

    goal_id: Annotated[Literal["track-mood", "view-affirmation", "chat-with-aira"], about("The goal.", "track-mood")]
    completed: Annotated[bool | UnsetType, about("False takes the tick back.", True)] = UNSET
