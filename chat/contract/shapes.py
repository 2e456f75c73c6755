"""Answers of the chat's existing API: chats, replies, the journey and goals."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal, Self, cast

from msgspec import UNSET, UnsetType

from api.answers.shapes import AcceptedOut, Moment, Shape, StaleOut, Success, SuccessOut, about
from api.answers.staleness import staleness
from api.answers.write_state import pending_out
from chat.journey import Event, Goals, Journey
from chat.selectors import ConversationList, WholeConversation
from chat.services import Saved
from chat.shapes import Archived, MessageOut, Tags, Title, UsageOut
from chat.usage import Counted
from dashboard.shapes import number
from redis_models.reader import Answer
from redis_models.schema.codec import iso, iso_from_ms

ChatId = Annotated[str, about("The chat's id.", "chat_1795420800000_0x5v9k2m7")]
MessageCount = Annotated[int, about("The number of messages.", 2)]
_GOALS = {"mood": True, "affirmation": False, "chat": False}


class SavedAnswer(AcceptedOut, frozen=True, kw_only=True):
    """A chat that was saved."""

    chat_id: ChatId
    title: Title
    message_count: MessageCount
    tags: Tags
    saved_at: Annotated[Moment, about("When it was saved.")]

    @classmethod
    def of(cls, saved: Saved) -> Self:
        """Return the answer to a save."""
        return cls(
            chat_id=saved.conversation_id,
            title=saved.title,
            message_count=saved.message_count,
            tags=saved.tags,
            saved_at=saved.saved_at,
            **pending_out(saved.receipt),
        )


class DeletedAnswer(AcceptedOut, frozen=True, kw_only=True):
    """A chat that was deleted."""

    message: Annotated[str, about("What happened.", "Chat deleted successfully")] = "Chat deleted successfully"


class ListedChatOut(Shape, frozen=True, kw_only=True):
    """A chat of the list; the summary is shown as it is stored."""

    id: ChatId
    title: Title
    tags: Tags
    created_at: Annotated[Moment, about("When it was created.")]
    updated_at: Annotated[Moment, about("When it was last changed.")]
    message_count: MessageCount
    archived: Archived | UnsetType = UNSET
    messages: Annotated[tuple[MessageOut, ...] | UnsetType, about("The messages; only with full=1.")] = UNSET


class FreshnessOut(SuccessOut, frozen=True, kw_only=True):
    """An answer that states whether it comes from Redis."""

    redis_healthy: Annotated[bool | UnsetType, about("False if the answer does not come from Redis.", False)] = UNSET
    stale: Annotated[bool | UnsetType, about("True if the answer may be older than what is stored.", True)] = UNSET


class ChatsAnswer(FreshnessOut, frozen=True, kw_only=True):
    """The newest 100 chats."""

    chats: Annotated[tuple[ListedChatOut, ...], about("The chats, newest first.")]
    count: Annotated[int, about("The total number of chats.", 1)]

    @classmethod
    def of(cls, listed: ConversationList) -> Self:
        """Return the answer for a list, without messages."""
        return cls._of(listed.summaries, count=listed.count, answer=listed.answer)

    @classmethod
    def of_whole(cls, listed: ConversationList, whole: Mapping[str, WholeConversation]) -> Self:
        """Return the answer for a list, with messages. Chats that are not in `whole` (by id) are left out."""
        there = [summary for summary in listed.summaries if summary["id"] in whole]
        chats = [summary | {"messages": whole[summary["id"]].messages} for summary in there]
        return cls._of(chats, count=listed.count - len(listed.summaries) + len(chats), answer=listed.answer)

    @classmethod
    def _of(cls, summaries: Iterable[Mapping[str, Any]], *, count: int, answer: Answer) -> Self:
        return cls(chats=cast("Any", tuple(summaries)), count=count, **_freshness(answer))


class ChatOut(Shape, frozen=True, kw_only=True):
    """A chat with its messages."""

    id: ChatId
    title: Title
    messages: Annotated[tuple[MessageOut, ...], about("The messages, in the order of their timestamps.")]
    tags: Tags
    created_at: Annotated[Moment | None, about("When it was created; null if that is not known.")]


class ChatAnswer(FreshnessOut, frozen=True, kw_only=True):
    """One chat."""

    chat: Annotated[ChatOut, about("The chat.")]

    @classmethod
    def of(cls, whole: WholeConversation) -> Self:
        """Return the answer for a chat with its messages."""
        stored = whole.conversation
        chat = ChatOut(
            id=stored.id,
            title=stored.title,
            messages=cast("Any", whole.messages),
            tags=stored.tags,
            created_at=iso(stored.created_at) if stored.created_at else None,
        )
        return cls(chat=chat, **_freshness(whole.answer))


class TalkAnswer(Shape, frozen=True, kw_only=True):
    """A complete reply."""

    message: Annotated[str, about("Aira's reply.", "I am here. What feels heaviest right now?")]
    listener: Annotated[bool | UnsetType, about("True if the built-in listener replied instead of a model.", True)] = (
        UNSET
    )


class LimitAnswer(Shape, frozen=True, kw_only=True):
    """The daily limit is reached."""

    error: Annotated[str, about("The error.", "Daily chat limit reached")] = "Daily chat limit reached"
    message: Annotated[str, about("The error, for people.", "You've reached your daily limit of 5 chats.")]
    limit: Annotated[int | None, about("Messages a day.", 5)]
    remaining: Annotated[int, about("Always 0.", 0)] = 0
    upgrade_url: Annotated[str, about("The page that shows the plans.", "/pricing")] = "/pricing"
    resets_at: Annotated[Moment, about("The user's next midnight.")]

    @classmethod
    def of(cls, counted: Counted) -> Self:
        """Return the answer for a limit that is reached."""
        limit = counted.usage.limit
        message = f"You've reached your daily limit of {limit} chats. Upgrade to Premium for unlimited chats!"
        return cls(message=message, limit=limit, resets_at=iso_from_ms(counted.usage.resets_ms))


class EventOut(Shape, frozen=True, kw_only=True):
    """Something the user did."""

    id: Annotated[str, about("The event's id.", "mood-mood_0f1e2d3c4b5a6978")]
    type: Annotated[Literal["mood", "chat", "affirmation"], about("The kind of event.", "mood")]
    title: Annotated[str, about("A heading.", "Mood Check-in")]
    description: Annotated[str, about("One line of detail.", "Mood score: 7.5/10")]
    timestamp: Annotated[Moment, about("When it happened.")]
    value: Annotated[float | UnsetType, about("A mood's score.", 7.5)] = UNSET

    @classmethod
    def of(cls, event: Event) -> Self:
        """Return the answer for an event; only moods have a value."""
        value = UNSET if event.value is None else number(event.value)
        return cls(**asdict(event) | {"value": value})


class JourneyAnswer(StaleOut, frozen=True, kw_only=True):
    """The user's recent events."""

    success: Success = True
    events: Annotated[tuple[EventOut, ...], about("The events, newest first.")]

    @classmethod
    def of(cls, found: Journey) -> Self:
        """Return the answer for a journey."""
        return cls(events=tuple(EventOut.of(event) for event in found.events), **staleness(found.answer))


class GoalsAnswer(StaleOut, frozen=True, kw_only=True):
    """Today's goals, and whether each is reached."""

    success: Success = True
    goals: Annotated[dict[str, bool], about("Whether each goal is reached, by name: mood, affirmation, chat.", _GOALS)]

    @classmethod
    def of(cls, found: Goals) -> Self:
        """Return the answer for goals."""
        return cls(goals={str(goal): done for goal, done in found.reached.items()}, **staleness(found.answer))


class UsageAnswer(UsageOut, frozen=True, kw_only=True):
    """Messages to Aira today."""

    success: Success = True


def _freshness(answer: Answer) -> dict[str, bool]:
    return {} if answer.is_live else {"redis_healthy": False, "stale": True}
