"""How far a reply is, as the store knows it: its pieces until it is a message."""

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

SILENCE_S = 10.0
"""How much longer than the model may be silent a reply may be, before nobody is thought to write it any more."""
LOOKED_THROUGH = 200


class Meta(msgspec.Struct, frozen=True):
    """What is known of a reply when it begins: the message it answers, the reply it replaces, who speaks, and when."""

    replyTo: str = ""  # noqa: N815 (as it is stored)
    replaces: str = ""
    source: str = ""
    timestamp: str = ""

    def message(self, reply_id: str, *, text: str, ending: str) -> Message:
        """Return the message that the reply becomes now; `ending` is empty if it ended by itself."""
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
    """A reply that is no message yet, or (`message`) is one.

    `error` is why it ended before it was whole (a code), `written_ms` when something of it was last written.
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
        """Return whether somebody still writes it, as far as can be known."""
        silent_s = (now_ms() - self.written_ms) / 1000
        return not self.error and self.message is None and silent_s < settings.AIRA_MODEL_TIMEOUT_S + SILENCE_S

    @property
    def has_failed(self) -> bool:
        """Return whether it ended without a word."""
        return self.message is None and not self.is_open and not self.text


def reply_states(stored: Mapping[str, str]) -> list[ReplyState]:
    """Return the replies of a conversation that are no messages yet, from its hash, in the order of their beginning."""
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
        meta=msgspec.json.decode(fields["meta"], type=Meta) if "meta" in fields else Meta(),
        text="".join(fields[str(number)] for number in numbers),
        pieces=len(numbers),
        # An error is over once the reply went on.
        error=error if error_at == str(len(numbers)) else "",
        written_ms=int(fields.get("at", "0")),
        is_stop_asked="stop" in fields,
    )


def reply_state(*, user_id: str, conversation_id: str, reply_id: str) -> ReplyState:
    """Return how far the reply is; raises NotFound, and RedisUnavailable where that cannot be known now."""
    question = Read(
        valid_id(user_id),
        "chat.reply_state.1",
        keys.of_conversation(user_id, conversation_id),
        (valid_id(reply_id, name="replyId"), str(LOOKED_THROUGH)),
    )
    answer = reader.answer(question)
    is_there, message, *flat = answer.reply
    if message:
        return ReplyState(reply_id, message=msgspec.json.decode(message, type=dict[str, Any]))
    if flat:
        return _state(reply_id, {field.rpartition(":")[2]: value for field, value in pairs(flat).items()})
    if not answer.is_live:
        raise RedisUnavailable("The reply cannot be read now.")
    raise NotFound("There is no such reply" if is_there else "There is no such conversation")
