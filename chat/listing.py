"""Pages of conversations and messages. A page takes one round trip, whatever the number of items."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from api.answers.pages import PageRequest, Place
from api.errors import WrongFields
from chat.models import Conversation
from chat.selectors import is_known
from redis_models import reader
from redis_models.errors import NotFound, RedisUnavailable
from redis_models.operations.read import Read
from redis_models.reader import Answer
from redis_models.schema import keys
from redis_models.schema.identifiers import valid_id
from redis_models.schema.model import pairs
from texts.typed_json import decoder

SCANNED_AT_MOST = 500

Summary = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Summaries, newest first by createdAt.

    `before` and `after` are the places from which newer and older ones follow; None if there are none.
    """

    summaries: tuple[Summary, ...]
    before: Place | None
    after: Place | None
    answer: Answer


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages in the order of arrival, oldest first, and the hash of replies that are being written."""

    conversation: Conversation
    messages: tuple[dict[str, Any], ...]
    before: Place | None
    after: Place | None
    replies: dict[str, str]
    answer: Answer


def conversation_page(*, user_id: str, page: PageRequest) -> ConversationPage:
    """Return a page of all conversations."""
    return _conversations(user_id, page, most=page.limit)


def conversations_where(*, user_id: str, page: PageRequest, accepts: Callable[[Summary], bool]) -> ConversationPage:
    """Return a page of the conversations whose summary is accepted; only older pages can follow it.

    At most 500 conversations are checked for one page, so a page may be short although others follow.
    """
    scanned = _conversations(user_id, page, most=SCANNED_AT_MOST)
    found: list[Summary] = []
    for position, summary in enumerate(scanned.summaries):
        if accepts(summary):
            found.append(summary)
        if len(found) == page.limit and position + 1 < len(scanned.summaries):
            return ConversationPage(tuple(found), None, _place(summary), scanned.answer)
    return ConversationPage(tuple(found), None, scanned.after, scanned.answer)


def _conversations(user_id: str, page: PageRequest, *, most: int) -> ConversationPage:
    way, ms, last_id = _start(page, (int, str)) if page.cursor else ("", 0, "")
    question = Read(
        valid_id(user_id),
        "chat.page.1",
        (keys.conversations(user_id), keys.summaries(user_id)),
        (str(most), way, str(ms), str(last_id)),
    )
    answer = reader.answer(question)
    newer, older, *flat = answer.reply
    found = tuple(
        decoder(dict[str, Any]).decode(summary) | {"_ms": int(float(at))}
        for at, summary in zip(flat[::2], flat[1::2], strict=True)
    )
    return ConversationPage(
        summaries=found,
        before=_place(found[0]) if found and int(newer) else None,
        after=_place(found[-1]) if found and int(older) else None,
        answer=answer,
    )


def _place(summary: Summary) -> Place:
    return (summary["_ms"], summary["id"])


def message_page(*, user_id: str, conversation_id: str, page: PageRequest) -> MessagePage:
    """Return a page of messages; without a cursor, the newest ones.

    Raises NotFound, and RedisUnavailable if Redis is away and this host may not know all messages.
    """
    way, place = _start(page, (int,)) if page.cursor else ("", 0)
    question = Read(
        valid_id(user_id),
        "chat.messages.1",
        keys.of_conversation(user_id, conversation_id),
        (str(page.limit), way, str(place)),
    )
    answer = reader.answer(question)
    stored, first, count, texts, replies = answer.reply
    if not answer.is_live and not is_known(user_id, conversation_id, answer, is_stored=bool(stored)):
        raise RedisUnavailable("The conversation cannot be read now.")
    if not stored:
        raise NotFound("There is no such conversation")
    start, end = int(first), int(first) + len(texts)
    return MessagePage(
        conversation=Conversation.from_hash(pairs(stored)),
        messages=_decoded(texts),
        before=(start,) if start > 0 else None,
        after=(end - 1,) if end < int(count) else None,
        replies=pairs(replies),
        answer=answer,
    )


def _start(page: PageRequest, kinds: tuple[type, ...]) -> tuple[Any, ...]:
    """Return the cursor's direction and place; raises WrongFields for a cursor of another kind of page."""
    cursor = page.cursor
    if cursor is None or [type(part) for part in cursor.place] != list(kinds) or cursor.place[0] < 0:  # type: ignore[operator]
        raise WrongFields({"cursor": "cursor must be the nextCursor or previousCursor of a page."})
    return (cursor.way, *cursor.place)


def _decoded(texts: Sequence[str]) -> tuple[dict[str, Any], ...]:
    return tuple(decoder(dict[str, Any]).decode(text) for text in texts)
