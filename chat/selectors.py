"""Reads of conversations."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat.models import Conversation
from redis_models import reader
from redis_models.errors import NotFound, RedisUnavailable
from redis_models.operations.read import Read
from redis_models.reader import Answer
from redis_models.schema import keys
from redis_models.schema.identifiers import valid_id
from redis_models.schema.model import pairs
from texts.typed_json import decoder

LIST_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class ConversationList:
    """Summaries as JSON objects, newest first by createdAt; `count` is the total number of conversations."""

    summaries: tuple[dict[str, Any], ...]
    count: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class WholeConversation:
    """A conversation with its messages as JSON objects, ordered by (timestamp, id)."""

    conversation: Conversation
    messages: tuple[dict[str, Any], ...]
    answer: Answer


def conversations(*, user_id: str) -> ConversationList:
    """Return the newest 100 summaries, in one round trip; in an outage, those that this host knows."""
    question = Read(
        valid_id(user_id),
        "chat.list.1",
        (keys.conversations(user_id), keys.summaries(user_id)),
        (str(LIST_AT_MOST),),
    )
    answer = reader.answer(question)
    count, *summaries = answer.reply
    return ConversationList(summaries=_shown(summaries), count=int(count), answer=answer)


def _shown(summaries: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """Return the summaries without the size of their messages, which is not shown."""
    decoded = _decoded(summaries)
    for summary in decoded:
        summary.pop("bytes", None)
    return decoded


def conversation(*, user_id: str, conversation_id: str) -> WholeConversation:
    """Return the conversation with its messages.

    Raises NotFound, and RedisUnavailable if Redis is away and this host may not know all messages.
    """
    question = Read(valid_id(user_id), "chat.conversation.1", keys.of_conversation(user_id, conversation_id))
    answer = reader.answer(question)
    stored, messages = answer.reply
    if not answer.is_live and not is_known(user_id, conversation_id, answer, is_stored=bool(stored)):
        raise RedisUnavailable("The conversation cannot be read now.")
    if not stored:
        raise NotFound("Chat not found")
    return WholeConversation(Conversation.from_hash(pairs(stored)), _in_order(messages), answer)


def whole_conversations(*, user_id: str, ids: Iterable[str]) -> dict[str, WholeConversation]:
    """Return the conversations that exist, by id; raises RedisUnavailable like `conversation`.

    A listed conversation may be missing because it was deleted since, or because it was recorded but never saved.
    """
    found = {}
    for conversation_id in ids:
        with suppress(NotFound):
            found[conversation_id] = conversation(user_id=user_id, conversation_id=conversation_id)
    return found


def is_known(user_id: str, conversation_id: str, answer: Answer, *, is_stored: bool) -> bool:
    """Return whether an answer without Redis has all messages.

    Only Redis has the messages of conversations that were not used lately. `is_stored` is whether the conversation
    itself is in the answer.
    """
    if answer.snapshot is None:
        return is_stored
    return answer.is_complete or conversation_id not in answer.snapshot.hash(keys.summaries(user_id))


def one_conversation(*, user_id: str, conversation_id: str) -> Conversation:
    """Return the conversation without its messages; raises NotFound, and RedisUnavailable if nothing is known of it."""
    question = Read(
        valid_id(user_id),
        "chat.head.1",
        (keys.conversation(user_id, conversation_id), keys.summaries(user_id)),
        (conversation_id,),
    )
    answer = reader.answer(question)
    stored, summary = answer.reply
    if stored:
        return Conversation.from_hash(pairs(stored))
    if summary:
        return _from_summary(summary)
    if not answer.has_basis:
        raise RedisUnavailable("The conversation cannot be read now.")
    raise NotFound("There is no such conversation")


def _from_summary(text: str) -> Conversation:
    """Return a conversation from its summary, for a shadow or a conversation that was recorded but never saved."""
    known = decoder(dict[str, Any]).decode(text)
    return Conversation(
        id=known["id"],
        title=known["title"],
        tags=tuple(known["tags"]),
        created_at=datetime.fromisoformat(known["createdAt"]),
        updated_at=datetime.fromisoformat(known["updatedAt"]),
        message_count=known["messageCount"],
        archived=known.get("archived", False),
    )


def _in_order(messages: Sequence[str]) -> tuple[dict[str, Any], ...]:
    return tuple(sorted(_decoded(messages), key=lambda message: (message["timestamp"], message["id"])))


def _decoded(texts: Sequence[str]) -> tuple[dict[str, Any], ...]:
    return tuple(decoder(dict[str, Any]).decode(text) for text in texts)
