"""Reads of conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from chat.models import Conversation
from redis_models import keys, reader
from redis_models.errors import NotFound, RedisUnavailable
from redis_models.model import pairs
from redis_models.reader import Answer
from redis_models.write import Read

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
        keys.valid_id(user_id),
        "chat.list.1",
        (keys.conversations(user_id), keys.summaries(user_id)),
        (str(LIST_AT_MOST),),
    )
    answer = reader.answer(question)
    count, *summaries = answer.reply
    return ConversationList(summaries=_decoded(summaries), count=int(count), answer=answer)


def conversation(*, user_id: str, conversation_id: str) -> WholeConversation:
    """Return the conversation; raises NotFound, and RedisUnavailable where only a part of it may be known here."""
    question = Read(keys.valid_id(user_id), "chat.conversation.1", keys.of_conversation(user_id, conversation_id))
    answer = reader.answer(question)
    stored, messages = answer.reply
    if not answer.is_live and not _is_known(user_id, conversation_id, answer):
        raise RedisUnavailable("The conversation cannot be read now.")
    if not stored:
        raise NotFound("Chat not found")
    return WholeConversation(Conversation.from_hash(pairs(stored)), _in_order(messages), answer)


def _is_known(user_id: str, conversation_id: str, answer: Answer) -> bool:
    """Return whether an answer without Redis holds all messages: of one not seen lately Redis alone has them."""
    if answer.snapshot is None:
        return bool(answer.reply[0])
    return answer.is_whole or conversation_id not in answer.snapshot.hash(keys.summaries(user_id))


def _in_order(messages: Sequence[str]) -> tuple[dict[str, Any], ...]:
    return tuple(sorted(_decoded(messages), key=lambda message: (message["timestamp"], message["id"])))


def _decoded(texts: Sequence[str]) -> tuple[dict[str, Any], ...]:
    return tuple(msgspec.json.decode(text, type=dict[str, Any]) for text in texts)
