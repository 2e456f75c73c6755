"""Reads of conversations."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from chat.models import Conversation
from redis_models import reader
from redis_models.errors import NotFound, RedisUnavailable
from redis_models.operations.read import Read
from redis_models.reader import Answer
from redis_models.schema import keys
from redis_models.schema.identifiers import valid_id
from redis_models.schema.model import pairs

LIST_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class ConversationList:
    """Summaries, newest first by createdAt, as JSON objects; `count` is how many conversations there are in all."""

    summaries: tuple[dict[str, Any], ...]
    count: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class WholeConversation:
    """A conversation with its messages as JSON objects, in the order of (timestamp, id)."""

    conversation: Conversation
    messages: tuple[dict[str, Any], ...]
    answer: Answer


def conversations(*, user_id: str) -> ConversationList:
    """Return the newest 100 summaries in one round trip; away from Redis, those that are known."""
    question = Read(
        valid_id(user_id),
        "chat.list.1",
        (keys.conversations(user_id), keys.summaries(user_id)),
        (str(LIST_AT_MOST),),
    )
    answer = reader.answer(question)
    count, *summaries = answer.reply
    return ConversationList(summaries=_decoded(summaries), count=int(count), answer=answer)


def conversation(*, user_id: str, conversation_id: str) -> WholeConversation:
    """Return the conversation; raises NotFound, and RedisUnavailable where only a part of it may be known here."""
    question = Read(valid_id(user_id), "chat.conversation.1", keys.of_conversation(user_id, conversation_id))
    answer = reader.answer(question)
    stored, messages = answer.reply
    if not answer.is_live and not is_known(user_id, conversation_id, answer, is_stored=bool(stored)):
        raise RedisUnavailable("The conversation cannot be read now.")
    if not stored:
        raise NotFound("Chat not found")
    return WholeConversation(Conversation.from_hash(pairs(stored)), _in_order(messages), answer)


def whole_conversations(*, user_id: str, ids: Iterable[str]) -> dict[str, WholeConversation]:
    """Return those of the conversations that are there, by id; raises RedisUnavailable as `conversation` does.

    One that was listed may not be there: it was deleted since, or it was recorded without being saved.
    """
    found = {}
    for conversation_id in ids:
        with suppress(NotFound):
            found[conversation_id] = conversation(user_id=user_id, conversation_id=conversation_id)
    return found


def is_known(user_id: str, conversation_id: str, answer: Answer, *, is_stored: bool) -> bool:
    """Return whether an answer without Redis holds all messages: of one not seen lately Redis alone has them.

    `is_stored` is whether the conversation itself is in the answer.
    """
    if answer.snapshot is None:
        return is_stored
    return answer.is_complete or conversation_id not in answer.snapshot.hash(keys.summaries(user_id))


def one_conversation(*, user_id: str, conversation_id: str) -> Conversation:
    """Return the conversation without its messages; raises NotFound, and RedisUnavailable where nothing is known."""
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
    """Return what a shadow, or a conversation that was recorded without being saved, knows of it."""
    known = msgspec.json.decode(text, type=dict[str, Any])
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
    return tuple(msgspec.json.decode(text, type=dict[str, Any]) for text in texts)
