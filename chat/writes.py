"""The chat's writes as data: the keys and arguments of each script. Pure; the services submit them."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from accounts.models import Plan
from api.idempotency import RequestKey
from chat.models import Message
from dashboard.writes import derived_from
from redis_models.operations.write import Write
from redis_models.schema import keys

KEY_DIGEST_LENGTH = 16
"""The number of characters of a request key's digest that a conversation stores."""


def save(
    *,
    user_id: str,
    conversation_id: str,
    title: str,
    tags: Sequence[str],
    messages: Sequence[Message],
    request_key: RequestKey | None,
    at: int,
) -> Write:
    """Save a conversation, and update the index, its summary, the stats and the active day."""
    args = (
        conversation_id,
        title,
        msgspec.json.encode(tags).decode(),
        request_key.digest[:KEY_DIGEST_LENGTH] if request_key else "",
        request_key.body_digest if request_key else "",
        *_message_args(messages),
    )
    return Write(user_id, "chat.save.1", _keys(user_id, conversation_id), args, at)


def appending(*, user_id: str, conversation_id: str, messages: Sequence[Message], at: int) -> Write:
    """Append messages to a conversation."""
    args = (conversation_id, *_message_args(messages))
    return Write(user_id, "chat.append.1", _keys(user_id, conversation_id), args, at)


def creation(*, user_id: str, conversation_id: str, fields: Mapping[str, str], at: int) -> Write:
    """Create a conversation with these fields (title, tags as JSON)."""
    args = (conversation_id, *(text for pair in fields.items() for text in pair))
    return Write(user_id, "chat.create.1", _keys(user_id, conversation_id), args, at)


def change(*, user_id: str, conversation_id: str, fields: Mapping[str, str], at: int) -> Write:
    """Set fields of a conversation (title, tags as JSON, archived as 1 or 0)."""
    args = (conversation_id, *(text for pair in fields.items() for text in pair))
    return Write(user_id, "chat.change.1", _keys(user_id, conversation_id), args, at)


def reply_note(*, user_id: str, conversation_id: str, reply_id: str, what: str, value: str, at: int) -> Write:
    """Store one field of a reply that is being written: `what` is meta, stop, error, or the number of a piece."""
    args = (conversation_id, reply_id, what, value)
    return Write(user_id, "chat.reply.1", _keys(user_id, conversation_id), args, at)


def reply_end(*, user_id: str, conversation_id: str, message: Message, at: int) -> Write:
    """Turn a reply into a message."""
    args = (conversation_id, message.id, _encoded(message))
    return Write(user_id, "chat.reply_end.1", _keys(user_id, conversation_id), args, at)


def reply_drop(*, user_id: str, conversation_id: str, reply_id: str, at: int) -> Write:
    """Drop the stored fields of a reply that failed without any text."""
    return Write(user_id, "chat.reply_drop.1", _keys(user_id, conversation_id), (conversation_id, reply_id), at)


def deletion(*, user_id: str, conversation_id: str, at: int) -> Write:
    """Delete a conversation and set a tombstone."""
    return Write(user_id, "chat.delete.1", _keys(user_id, conversation_id), (conversation_id,), at)


def count(*, user_id: str, message_id: str, day: int, limits: Mapping[Plan, int | None], at: int) -> Write:
    """Count a message to Aira on a day (its number), unless the plan's limit is reached."""
    of_plans = (text for plan, limit in limits.items() for text in (plan.value, "" if limit is None else str(limit)))
    all_keys = (keys.erased(user_id), keys.usage(user_id), keys.profile(user_id))
    return Write(user_id, "chat.count.1", all_keys, (message_id, str(day), *of_plans), at)


def give_back(*, user_id: str, message_id: str, day: int, at: int) -> Write:
    """Undo the counting of a message that got no reply."""
    return Write(user_id, "chat.give_back.1", (keys.erased(user_id), keys.usage(user_id)), (message_id, str(day)), at)


def _keys(user_id: str, conversation_id: str) -> tuple[str, ...]:
    of_conversation = keys.of_conversation(user_id, conversation_id)
    return (*derived_from(user_id), keys.deleted(user_id), *of_conversation, keys.chat_days(user_id))


def _message_args(messages: Sequence[Message]) -> Iterator[str]:
    """Yield id, JSON, id, JSON, …; an id that is repeated in the request becomes id~2, id~3 and so on."""
    times_seen: dict[str, int] = {}
    for message in messages:
        times = times_seen[message.id] = times_seen.get(message.id, 0) + 1
        unique_id = message.id if times == 1 else f"{message.id}~{times}"
        yield unique_id
        yield _encoded(message if times == 1 else msgspec.structs.replace(message, id=unique_id))


def _encoded(message: Message) -> str:
    return msgspec.json.encode(message).decode()
