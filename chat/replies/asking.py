"""Begin, regenerate and continue replies: check the request and the daily limit, and collect the context."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.answers.pages import PageRequest
from chat import writes
from chat.listing import MessagePage, message_page
from chat.models import Message
from chat.replies import companion, live, places, replying
from chat.replies.live import LiveReply
from chat.replies.model import Said
from chat.replies.recorder import Place
from chat.replies.replying import Asked
from chat.replies.states import Meta, ReplyState, reply_states
from chat.services import append_messages
from chat.usage import Counted, count_message, give_back, usage
from redis_models.errors import Conflict, Invalid, RedisModelError, RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.operations.write import Outcome
from redis_models.schema.codec import iso_from_ms
from redis_models.writer import submit

MESSAGES_READ = 100


@dataclass(frozen=True, slots=True)
class LimitReached:
    """The plan's daily limit is reached."""

    counted: Counted


@dataclass(frozen=True, slots=True)
class Known:
    """The known part of a conversation: its newest messages, oldest first, and its unfinished replies."""

    messages: Sequence[Mapping[str, Any]]
    replies: Sequence[ReplyState]

    def has_begun(self, reply_id: str) -> bool:
        """Return whether the reply was begun, or is already a message."""
        ids = [message["id"] for message in self.messages] + [state.id for state in self.replies]
        return reply_id in ids

    @property
    def failed(self) -> list[ReplyState]:
        """Return the replies that ended without any text."""
        return [state for state in self.replies if state.has_failed]

    def said(self) -> list[tuple[str, Said]]:
        """Return (message id, turn) of each message, without replies that were replaced."""
        replaced = {message.get("replaces") for message in self.messages}
        return [
            (each["id"], Said(each["role"], each["content"])) for each in self.messages if each["id"] not in replaced
        ]

    def told_until(self, message_id: str) -> list[Said]:
        """Return the turns up to and including that message; raises Invalid if it is not among the newest."""
        said = self.said()
        position = next((place for place, (known_id, _) in enumerate(said) if known_id == message_id), None)
        if position is None:
            raise Invalid("Only one of the newest messages can be answered again")
        return [each for _, each in said[: position + 1]]


def ask(
    *, user_id: str, conversation_id: str, reply_id: str, message_id: str, content: str, is_spoken: bool = False
) -> LiveReply | LimitReached | None:
    """Append the user's message and begin the reply to it.

    Return None if the reply was begun before, and not by this process. Raises NotFound, Conflict for a deleted
    conversation, RepliesBusy. If Redis is away and this host does not know the conversation, the model is given only
    the new message.
    """
    place = Place(user_id, conversation_id, reply_id)
    known = _known(user_id, conversation_id)
    if known.has_begun(reply_id):
        return None
    said = [each for message, each in known.said() if message != message_id] + [Said("user", content)]

    def begin() -> None:
        message = Message(message_id, "user", content, iso_from_ms(now_ms()))
        receipt = append_messages(user_id=user_id, conversation_id=conversation_id, messages=[message])
        if receipt.outcome is Outcome.GONE:
            raise Conflict("The conversation was deleted")
        _drop(known.failed, place)

    meta = _meta(reply_to=message_id)
    return _begun(place, said, meta, begin=begin, is_spoken=is_spoken)


def regenerate(*, user_id: str, conversation_id: str, reply_id: str, replaced_id: str) -> LiveReply | LimitReached:
    """Begin another reply to the message that the replaced reply answers.

    The replaced reply stays stored, but the model is not given it. Raises like `ask`, and Invalid.
    """
    known, place = _known_whole(user_id, conversation_id), Place(user_id, conversation_id, reply_id)
    old = next((each for each in known.messages if each["id"] == replaced_id and each.get("replyTo")), None)
    failed = next((state for state in known.replies if state.id == replaced_id and not state.is_open), None)
    reply_to = old["replyTo"] if old else failed.meta.replyTo if failed else ""
    if not reply_to:
        raise Invalid("Only a reply from Aira can be regenerated")
    meta = _meta(reply_to=reply_to, replaces="" if failed and failed.has_failed else replaced_id)
    return _begun(place, known.told_until(reply_to), meta, begin=lambda: _drop(known.failed, place))


def go_on(*, user_id: str, conversation_id: str, reply_id: str) -> LiveReply | LimitReached:
    """Continue a reply that was cut off. It was counted when it began and is not counted again."""
    known = _known_whole(user_id, conversation_id)
    state = next((state for state in known.replies if state.id == reply_id), None)
    if state is None or state.is_open or not state.text:
        raise Invalid("Only a reply that was cut off can be continued")
    said = [*known.told_until(state.meta.replyTo), Said("assistant", state.text)]
    return _begun(Place(user_id, conversation_id, reply_id), said, state.meta, text=state.text, pieces=state.pieces)


def _begun(
    place: Place,
    said: Sequence[Said],
    meta: Meta,
    *,
    begin: Callable[[], object] = lambda: None,
    text: str = "",
    pieces: int = 0,
    is_spoken: bool = False,
) -> LiveReply | LimitReached:
    found, calendar, _ = usage(user_id=place.user_id)
    mine = LiveReply(place.reply_id, text=text)
    reply = live.enter(place.user_id, mine)
    if reply is not mine:
        return reply
    try:
        places.enter(place.user_id, place.reply_id)
        counted = count_message(
            user_id=place.user_id, message_id=place.reply_id, calendar=calendar, limits=found.limits
        )
        if not counted.is_allowed:
            replying.leave(place)
            return LimitReached(counted)
        _begin(place, counted, begin)
    except places.TooManyReplies:
        live.leave(place.user_id, place.reply_id)
        raise
    except BaseException:
        replying.leave(place)
        raise
    replying.write(Asked(place, said, meta, counted, text, pieces, is_spoken), reply)
    return reply


def _begin(place: Place, counted: Counted, begin: Callable[[], object]) -> None:
    try:
        begin()
    except RedisModelError:
        give_back(user_id=place.user_id, counted=counted)
        raise


def _drop(failed: Sequence[ReplyState], place: Place) -> None:
    """Drop replies that ended without any text: their message is being answered now, or the conversation went on."""
    for state in failed:
        submit(
            writes.reply_drop(
                user_id=place.user_id, conversation_id=place.conversation_id, reply_id=state.id, at=now_ms()
            )
        )


def _meta(*, reply_to: str, replaces: str = "") -> Meta:
    timestamp = iso_from_ms(now_ms())
    return Meta(replyTo=reply_to, replaces=replaces, source=companion.answerer(), timestamp=timestamp)


def _known(user_id: str, conversation_id: str) -> Known:
    try:
        return _known_whole(user_id, conversation_id)
    except RedisUnavailable:
        return Known((), ())


def _known_whole(user_id: str, conversation_id: str) -> Known:
    page: MessagePage = message_page(
        user_id=user_id, conversation_id=conversation_id, page=PageRequest(limit=MESSAGES_READ)
    )
    return Known(page.messages, reply_states(page.replies))
