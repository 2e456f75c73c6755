"""The stored state of a reply: its pieces, until it becomes a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.conf import settings

from chat.models import Message
from redis_models import reader
from redis_models.errors import NotFound, RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.operations.read import Read
from redis_models.schema import keys
from redis_models.schema.codec import iso_from_ms
from redis_models.schema.identifiers import valid_id
from redis_models.schema.model import pairs
from texts.typed_json import decoder

SILENCE_S = 10.0
"""How much longer (s) than AIRA_MODEL_TIMEOUT_S a reply may be silent before it counts as cut off."""
LOOKED_THROUGH = 200


class Meta(msgspec.Struct, frozen=True):
    """A reply's metadata from its beginning: the message it answers, the reply it replaces, its author and time."""

    replyTo: str = ""  # noqa: N815 (as it is stored)
    replaces: str = ""
    source: str = ""
    timestamp: str = ""

    def message(self, reply_id: str, *, text: str, ending: str) -> Message:
        """Return the reply as a message with the current time; `ending` is empty if the reply was not cut off."""
        return Message(
            id=reply_id,
            role="assistant",
            content=text.rstrip(),
            timestamp=iso_from_ms(now_ms()),
            replyTo=self.replyTo,
            replaces=self.replaces,
            source=self.source,
            ending=ending,
        )


@dataclass(frozen=True, slots=True)
class ReplyState:
    """A reply that is unfinished or, if `message` is set, has become a message.

    `error` is the code of the error that cut it off, `written_ms` the time of its last write.
    """

    id: str
    meta: Meta = Meta()
    text: str = ""
    pieces: int = 0
    error: str = ""
    written_ms: int = 0
    is_stop_asked: bool = False
    message: Mapping[str, Any] | None = None

    @property
    def is_open(self) -> bool:
        """Return whether the reply is probably still being written: it has no error and was written to recently."""
        silent_s = (now_ms() - self.written_ms) / 1000
        return not self.error and self.message is None and silent_s < settings.AIRA_MODEL_TIMEOUT_S + SILENCE_S

    @property
    def has_failed(self) -> bool:
        """Return whether it ended without any text."""
        return self.message is None and not self.is_open and not self.text


def reply_states(stored: Mapping[str, str]) -> list[ReplyState]:
    """Return a conversation's unfinished replies, from its hash of replies, in the order in which they began."""
    fields: dict[str, dict[str, str]] = {}
    for field, value in stored.items():
        reply_id, _, what = field.rpartition(":")
        fields.setdefault(reply_id, {})[what] = value
    states = [_state(reply_id, of_reply) for reply_id, of_reply in fields.items() if "meta" in of_reply]
    return sorted(states, key=lambda state: (state.meta.timestamp, state.id))


def _state(reply_id: str, fields: Mapping[str, str]) -> ReplyState:
    numbers = sorted(int(what) for what in fields if what.isdigit())
    error_at, _, error = fields.get("error", "").partition(" ")
    return ReplyState(
        id=reply_id,
        meta=decoder(Meta).decode(fields["meta"]) if "meta" in fields else Meta(),
        text="".join(fields[str(number)] for number in numbers),
        pieces=len(numbers),
        # An error no longer applies if the reply was continued after it.
        error=error if error_at == str(len(numbers)) else "",
        written_ms=int(fields.get("at", "0")),
        is_stop_asked="stop" in fields,
    )


def reply_state(*, user_id: str, conversation_id: str, reply_id: str) -> ReplyState:
    """Return the reply's state; raises NotFound, and RedisUnavailable if it is not known during an outage."""
    question = Read(
        valid_id(user_id),
        "chat.reply_state.1",
        keys.of_conversation(user_id, conversation_id),
        (valid_id(reply_id, name="replyId"), str(LOOKED_THROUGH)),
    )
    answer = reader.answer(question)
    is_there, message, *flat = answer.reply
    if message:
        return ReplyState(reply_id, message=decoder(dict[str, Any]).decode(message))
    if flat:
        return _state(reply_id, {field.rpartition(":")[2]: value for field, value in pairs(flat).items()})
    if not answer.is_live:
        raise RedisUnavailable("The reply cannot be read now.")
    raise NotFound("There is no such reply" if is_there else "There is no such conversation")
