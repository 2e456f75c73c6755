"""Answers about conversations and messages, under /api/v1."""

from typing import Annotated, Any, Literal, Self, cast

from msgspec import UNSET, UnsetType

from api.answers.pages import cursors
from api.answers.shapes import IdStateOut, Moment, PageOut, Shape, StateOut, about
from api.answers.staleness import staleness
from chat.listing import ConversationPage, MessagePage, Summary
from chat.models import Conversation
from chat.replies.states import ReplyState, reply_states
from chat.shapes import Archived, MessageOut, Tags, Title
from redis_models.schema.codec import iso


class ConversationOut(Shape, frozen=True, kw_only=True):
    """A conversation without its messages."""

    id: Annotated[str, about("The conversation's id.", "conv_0x5v9k2m7q1w8e3r6t4y")]
    title: Title
    tags: Tags
    created_at: Annotated[Moment | None, about("When it was created; null if not known because of an outage.")]
    updated_at: Annotated[Moment | None, about("When it was last changed; null if not known because of an outage.")]
    message_count: Annotated[int, about("The number of messages.", 2)]
    archived: Archived

    @classmethod
    def of(cls, stored: Conversation) -> Self:
        """Return the answer for a conversation."""
        return cls(
            id=stored.id,
            title=stored.title,
            tags=stored.tags,
            created_at=iso(stored.created_at) if stored.created_at else None,
            updated_at=iso(stored.updated_at) if stored.updated_at else None,
            message_count=stored.message_count,
            archived=stored.archived,
        )

    @classmethod
    def of_summary(cls, summary: Summary) -> Self:
        """Return the answer for a conversation of a list."""
        return cls(
            id=summary["id"],
            title=summary["title"],
            tags=summary["tags"],
            created_at=summary["createdAt"],
            updated_at=summary["updatedAt"],
            message_count=summary["messageCount"],
            archived=summary.get("archived", False),
        )


class ConversationPageOut(PageOut, frozen=True, kw_only=True):
    """Conversations, newest first."""

    items: Annotated[tuple[ConversationOut, ...], about("The conversations of the page.")]

    @classmethod
    def of(cls, found: ConversationPage) -> Self:
        """Return the answer for a page."""
        items = tuple(ConversationOut.of_summary(summary) for summary in found.summaries)
        return cls(items=items, **cursors(after=found.after, before=found.before), **staleness(found.answer))


class ConversationChangedOut(IdStateOut, frozen=True, kw_only=True):
    """The fields that were changed; the others are left out."""

    title: Title | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    archived: Archived | UnsetType = UNSET


class UnfinishedReplyOut(Shape, frozen=True, kw_only=True):
    """A reply that is not a message: being written (open), cut off (interrupted), or without any text (failed)."""

    id: Annotated[str, about("The reply's id, which its message will also have.", "reply_4b8n2m6v0c9x1z7l5k3j")]
    reply_to: Annotated[str, about("The message it answers.", "msg_7h2k9d4f6g8j1l3z5x0c")]
    text: Annotated[str, about("The text so far.", "That sounds")]
    state: Annotated[Literal["open", "interrupted", "failed"], about("The state of the reply.", "open")]
    error: Annotated[str | None, about("The code of the error that cut it off; null if there was none.", None)]

    @classmethod
    def of(cls, reply: ReplyState) -> Self:
        """Return the answer for an unfinished reply."""
        return cls(
            id=reply.id,
            reply_to=reply.meta.replyTo,
            text=reply.text,
            state="open" if reply.is_open else "interrupted" if reply.text else "failed",
            error=reply.error or None,
        )


class MessagePageOut(PageOut, frozen=True, kw_only=True):
    """Messages in the order of arrival."""

    items: Annotated[tuple[MessageOut, ...], about("The messages of the page.")]
    replies: Annotated[
        tuple[UnfinishedReplyOut, ...],
        about("Unfinished replies; only on the page with the newest message.", []),
    ]

    @classmethod
    def of(cls, found: MessagePage) -> Self:
        """Return the answer for a page. Messages are shown as they are stored."""
        return cls(
            items=cast("Any", found.messages),
            replies=tuple(UnfinishedReplyOut.of(reply) for reply in reply_states(found.replies)),
            **cursors(after=found.after, before=found.before),
            **staleness(found.answer),
        )


class AppendedOut(StateOut, frozen=True, kw_only=True):
    """The messages that were appended."""

    ids: Annotated[
        tuple[str, ...], about("The ids of the messages, in the order of the request.", ["msg_7h2k9d4f6g8j1l3z5x0c"])
    ]
