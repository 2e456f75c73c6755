"""Write replies, each in its own thread.

A reply does not depend on the request that asked for it: the client may disconnect, reload, or listen through another
process. The reply is written to its end and stored anyway.
"""

import logging
import threading
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

import msgspec

from chat.replies import companion, live, places
from chat.replies.errors import ModelError, NoReply, Stopped
from chat.replies.live import Ending, LiveReply
from chat.replies.model import Said
from chat.replies.recorder import Place, Recorder, recording
from chat.replies.states import Meta
from chat.usage import Counted, give_back
from redis_models.errors import RedisModelError

LONGEST_S = 300.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A reply to write: the turns to answer (oldest first), and the `text` and `pieces` that are already stored."""

    place: Place
    said: Sequence[Said]
    meta: Meta
    counted: Counted
    text: str = ""
    pieces: int = 0
    is_spoken: bool = False


def write(asked: Asked, reply: LiveReply) -> None:
    """Start a thread that writes the reply, and return. `reply` must be registered in `live`."""
    recorder = Recorder(asked.place, stop=reply.stop, pieces_stored=asked.pieces)
    recorder.begin(msgspec.json.encode(asked.meta).decode())
    threading.Thread(target=_write, args=(asked, reply, recorder), name="reply", daemon=True).start()


def _write(asked: Asked, reply: LiveReply, recorder: Recorder) -> None:
    try:
        with recording(recorder):
            ending = _written(asked, reply, recorder)
    except Exception:  # noqa: BLE001 (the edge of a thread: listeners must learn of it)
        _log.exception("A reply failed.")
        ending = _failed(asked, reply, recorder, ModelError())
    leave(asked.place)
    reply.end(ending)


def leave(place: Place) -> None:
    """Note that the reply is not written any more, here and for all hosts."""
    live.leave(place.user_id, place.reply_id)
    places.leave(place.user_id, place.reply_id)


def _written(asked: Asked, reply: LiveReply, recorder: Recorder) -> Ending:
    async def listen() -> None:
        async with aclosing(companion.pieces(asked.said, most_s=LONGEST_S, is_spoken=asked.is_spoken)) as pieces:
            async for piece in pieces:
                reply.say(piece)
                recorder.add(piece)

    try:
        is_complete = reply.stop.run(listen())
    except ModelError as error:
        return _failed(asked, reply, recorder, error)
    if not reply.text:
        return _failed(asked, reply, recorder, NoReply() if is_complete else Stopped())
    return _ended(asked, reply, recorder, ending="" if is_complete else "stopped")


def _ended(asked: Asked, reply: LiveReply, recorder: Recorder, *, ending: str) -> Ending:
    message = asked.meta.message(reply.id, text=reply.text, ending=ending)
    if recorder.end(message):
        return Ending(message=msgspec.to_builtins(message))
    return Ending(code="not_kept", detail="The reply could not be stored.")


def _failed(asked: Asked, reply: LiveReply, recorder: Recorder, error: ModelError) -> Ending:
    recorder.fail(error.code)
    if not reply.text:
        try:
            give_back(user_id=asked.place.user_id, counted=asked.counted)
        except RedisModelError as unavailable:
            _log.error("The count of a message could not be undone. error=%s", type(unavailable).__name__)
    return Ending(code=error.code, detail=error.detail, can_go_on=bool(reply.text))
