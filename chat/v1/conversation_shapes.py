"""Conversations and their messages, as /api/v1 answers."""

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
    created_at: Annotated[Moment | None, about("When it was made; null if an outage hides it.")]
    updated_at: Annotated[Moment | None, about("When it was last changed; null if an outage hides it.")]
    message_count: Annotated[int, about("How many messages it has.", 2)]
    archived: Archived

    @classmethod
    def of(cls, stored: Conversation) -> Self:
        """Return a conversation as it is shown."""
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
        """Return a conversation of a list as it is shown."""
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
        """Return a page as it is shown."""
        items = tuple(ConversationOut.of_summary(summary) for summary in found.summaries)
        return cls(items=items, **cursors(after=found.after, before=found.before), **staleness(found.answer))


class ConversationChangedOut(IdStateOut, frozen=True, kw_only=True):
    """What was changed; what stayed is left out."""

    title: Title | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    archived: Archived | UnsetType = UNSET


class UnfinishedReplyOut(Shape, frozen=True, kw_only=True):
    """A reply that is no message: being written (open), cut off with text (interrupted), or without a word (failed)."""

    id: Annotated[str, about("The reply's id; its message will have the same.", "reply_4b8n2m6v0c9x1z7l5k3j")]
    reply_to: Annotated[str, about("The message that it answers.", "msg_7h2k9d4f6g8j1l3z5x0c")]
    text: Annotated[str, about("What there is of it so far.", "That sounds")]
    state: Annotated[Literal["open", "interrupted", "failed"], about("How it stands.", "open")]
    error: Annotated[str | None, about("Why it was cut off, for programs; null if nothing went wrong.", None)]

    @classmethod
    def of(cls, reply: ReplyState) -> Self:
        """Return a reply as it is shown."""
        return cls(
            id=reply.id,
            reply_to=reply.meta.replyTo,
            text=reply.text,
            state="open" if reply.is_open else "interrupted" if reply.text else "failed",
            error=reply.error or None,
        )


class MessagePageOut(PageOut, frozen=True, kw_only=True):
    """Messages in the order of their arrival."""

    items: Annotated[tuple[MessageOut, ...], about("The messages of the page.")]
    replies: Annotated[
        tuple[UnfinishedReplyOut, ...],
        about("Replies that are no messages yet, on the page that has the newest message; else none.", []),
    ]

    @classmethod
    def of(cls, found: MessagePage) -> Self:
        """Return a page as it is shown. Messages are not decoded: they are stored as they are shown."""
        return cls(
            items=cast("Any", found.messages),
            replies=tuple(UnfinishedReplyOut.of(reply) for reply in reply_states(found.replies)),
            **cursors(after=found.after, before=found.before),
            **staleness(found.answer),
        )


class AppendedOut(StateOut, frozen=True, kw_only=True):
    """What was appended."""

    ids: Annotated[tuple[str, ...], about("The ids of the messages, in their order.", ["msg_7h2k9d4f6g8j1l3z5x0c"])]
