"""Changes to conversations. Each is one Write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.bounds.stored import submit_measured
from api.idempotency import RequestKey, new_chat_id
from chat import writes
from chat.models import Message
from chat.tags import tags_of
from redis_models.health.clock import now_ms
from redis_models.operations.write import Outcome, Receipt
from redis_models.schema.codec import encode, iso_from_ms
from texts.typed_json import decoder


@dataclass(frozen=True, slots=True)
class Saved:
    """The result of a save; `receipt` tells whether it is stored. `message_count` is that of the conversation."""

    receipt: Receipt
    conversation_id: str
    title: str
    message_count: int
    tags: tuple[str, ...]
    saved_at: str

    @property
    def outcome(self) -> Outcome:
        """Return the outcome of the save."""
        return self.receipt.outcome


def save_conversation(
    *,
    user_id: str,
    messages: Sequence[Message],
    title: str = "",
    tags: Sequence[str] = (),
    conversation_id: str = "",
    request_key: RequestKey | None = None,
    at: int | None = None,
) -> Saved:
    """Save a conversation; if `conversation_id` exists already, messages with new ids are appended to it.

    Without a title, it keeps its title, and a new one is named after its day. Without an id, the id is derived from the
    user and the request's key, so repeating the request saves the same conversation; without a key, it is random.
    Raises Invalid, JournalUnavailable.
    """
    moment = now_ms() if at is None else at
    write = writes.save(
        user_id=user_id,
        conversation_id=conversation_id or new_chat_id(user_id, request_key, at=moment),
        title=title,
        tags=tags_of(messages, given=tags),
        messages=messages,
        request_key=request_key,
        at=moment,
    )
    return _saved(submit_measured(write), write.args, count=len(messages), at=moment)


def _saved(receipt: Receipt, args: tuple[str, ...], *, count: int, at: int) -> Saved:
    """Return the values that the script reports as stored; if it reports none, those that were sent."""
    conversation_id, *sent = args[:3]
    title, tags, stored_count, saved_at, *_ = receipt.reply or (*sent, str(count), iso_from_ms(at))
    tag_list = decoder(tuple[str, ...]).decode(tags)
    return Saved(receipt, conversation_id, title, int(stored_count), tag_list, saved_at)


def create_conversation(
    *, user_id: str, conversation_id: str, title: str = "", tags: Sequence[str] = (), at: int | None = None
) -> Receipt:
    """Create a conversation without messages; creating it again changes nothing. GONE for a deleted one."""
    moment = now_ms() if at is None else at
    fields = {name: value for name, value in (("title", title), ("tags", encode(tuple(tags)) if tags else "")) if value}
    return submit_measured(writes.creation(user_id=user_id, conversation_id=conversation_id, fields=fields, at=moment))


def change_conversation(
    *, user_id: str, conversation_id: str, changes: Mapping[str, Any], at: int | None = None
) -> Receipt:
    """Set the given ones of title, tags and archived. GONE for a deleted conversation."""
    moment = now_ms() if at is None else at
    fields = {name: encode(value) for name, value in changes.items()}
    return submit_measured(writes.change(user_id=user_id, conversation_id=conversation_id, fields=fields, at=moment))


def append_messages(
    *, user_id: str, conversation_id: str, messages: Sequence[Message], at: int | None = None
) -> Receipt:
    """Append messages; those whose ids are stored already are skipped. GONE for a deleted conversation."""
    moment = now_ms() if at is None else at
    return submit_measured(
        writes.appending(user_id=user_id, conversation_id=conversation_id, messages=messages, at=moment)
    )


def delete_conversation(*, user_id: str, conversation_id: str, at: int | None = None) -> Receipt:
    """Delete the conversation, even if it does not exist (yet). Saving it is GONE from then on."""
    moment = now_ms() if at is None else at
    return submit_measured(writes.deletion(user_id=user_id, conversation_id=conversation_id, at=moment))
