"""Replies as server-sent events: delta (text), done (the message), error, help.

The id of an event is the number of characters sent so far. A client that reconnects sends it as Last-Event-ID and gets
the rest. A stream is an iterator under WSGI and an async iterator under `serve` and ASGI; otherwise it would arrive as
one block.
"""

import asyncio
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from chat.replies.errors import DETAILS
from chat.replies.live import LiveReply, RepliesBusy
from chat.replies.places import Listeners
from chat.replies.states import ReplyState, reply_state
from redis_models.errors import RedisModelError

STREAMS_AT_MOST = 48
"""Fewer than the threads of a plain WSGI server (64), in which each stream holds one."""
KEEP_ALIVE_S = 10.0
LOOK_INTERVAL_S = 0.25
KEEP_ALIVE = b": still here\n\n"

places = threading.BoundedSemaphore(STREAMS_AT_MOST)
"""One place for each stream that this process holds open."""
listeners = Listeners()


def event(name: str, content: Mapping[str, Any] | msgspec.Struct, *, told: int = 0) -> bytes:
    """Return an encoded event; `told` is the number of characters sent so far."""
    return f"id: {told}\nevent: {name}\ndata: {msgspec.json.encode(content).decode()}\n\n".encode()


@dataclass(frozen=True, slots=True)
class Stored:
    """A reply that this process is not writing; its state is read from the store."""

    user_id: str
    conversation_id: str
    reply_id: str

    def look(self) -> ReplyState | None:
        """Return the reply's state; None if it cannot be read now."""
        try:
            return reply_state(user_id=self.user_id, conversation_id=self.conversation_id, reply_id=self.reply_id)
        except RedisModelError:
            return None


class Telling:
    """The position of one listener in a reply: makes the events that it has not been sent yet."""

    def __init__(self, reply_id: str, *, told: int = 0) -> None:
        self.reply_id = reply_id
        self.told = told
        self.is_over = False

    def of_live(self, reply: LiveReply) -> list[bytes]:
        """Return the new events of a reply that this process is writing."""
        ending, events = reply.ending, self._delta(reply.text)
        if ending is None:
            return events
        self.is_over = True
        if ending.message is not None:
            return [*events, event("done", {"replyId": self.reply_id, "message": ending.message}, told=self.told)]
        return [*events, self._error(ending.code, ending.detail, can_go_on=ending.can_go_on)]

    def of_stored(self, state: ReplyState | None) -> list[bytes]:
        """Return the new events of a reply with this stored state; None means that it cannot be read."""
        if state is None:
            self.is_over = True
            return [self._error("store_unavailable", "The reply cannot be read now.", can_go_on=False)]
        if state.message is not None:
            self.is_over = True
            events = self._delta(state.message["content"])
            return [*events, event("done", {"replyId": self.reply_id, "message": dict(state.message)}, told=self.told)]
        events = self._delta(state.text)
        if state.is_open:
            return events
        self.is_over = True
        detail = DETAILS.get(state.error, "The reply was cut off.")
        return [*events, self._error(state.error or "interrupted", detail, can_go_on=bool(state.text))]

    def _delta(self, text: str) -> list[bytes]:
        if len(text) <= self.told:
            return []
        news, self.told = text[self.told :], len(text)
        return [event("delta", {"text": news}, told=self.told)]

    def _error(self, code: str, detail: str, *, can_go_on: bool) -> bytes:
        content = {"replyId": self.reply_id, "code": code, "detail": detail, "canGoOn": can_go_on}
        return event("error", content, told=self.told)


class _Stream:
    """A stream, which holds one of STREAMS_AT_MOST places, and one of the user's, until it is closed.

    Raises RepliesBusy or TooManyListeners if none is free.
    """

    def __init__(self, source: LiveReply | Stored, telling: Telling, *, user_id: str) -> None:
        self._user_id = user_id
        self._has_place = False
        listeners.enter(user_id)
        self._has_place = places.acquire(blocking=False)
        if not self._has_place:
            listeners.leave(user_id)
            raise RepliesBusy
        self._source = source
        self._telling = telling
        self._is_begun = False
        self._last_s = time.monotonic()

    def close(self) -> None:
        """Give the place back."""
        if self._has_place:
            self._has_place = False
            places.release()
            listeners.leave(self._user_id)

    def __del__(self) -> None:
        self.close()

    def _first(self) -> bytes:
        self._is_begun = True
        return event("reply", {"replyId": self._telling.reply_id}, told=self._telling.told)

    def _joined(self, events: list[bytes]) -> bytes:
        if events:
            self._last_s = time.monotonic()
        elif time.monotonic() - self._last_s >= KEEP_ALIVE_S:
            self._last_s = time.monotonic()
            return KEEP_ALIVE
        return b"".join(events)


class SyncStream(_Stream):
    """For plain WSGI servers: waits in the request's own thread."""

    def __iter__(self) -> "SyncStream":
        return self

    def __next__(self) -> bytes:
        if not self._is_begun:
            return self._first()
        while not self._telling.is_over:
            if told := self._joined(self._look()):
                return told
            self._wait()
        self.close()
        raise StopIteration

    def _look(self) -> list[bytes]:
        source = self._source
        return (
            self._telling.of_live(source) if isinstance(source, LiveReply) else self._telling.of_stored(source.look())
        )

    def _wait(self) -> None:
        if isinstance(self._source, LiveReply):
            self._source.wait(self._telling.told, seconds=KEEP_ALIVE_S)
        else:
            time.sleep(LOOK_INTERVAL_S)


class AsyncStream(_Stream):
    """For `serve` and ASGI: waits in the event loop and reads the store in a thread."""

    def __aiter__(self) -> "AsyncStream":
        return self

    async def __anext__(self) -> bytes:
        if not self._is_begun:
            return self._first()
        while not self._telling.is_over:
            if told := self._joined(await self._look()):
                return told
            await self._wait()
        self.close()
        raise StopAsyncIteration

    async def _look(self) -> list[bytes]:
        source = self._source
        if isinstance(source, LiveReply):
            return self._telling.of_live(source)
        return self._telling.of_stored(await asyncio.to_thread(source.look))

    async def _wait(self) -> None:
        if isinstance(self._source, LiveReply):
            await self._source.wait_async(self._telling.told, seconds=KEEP_ALIVE_S)
        else:
            await asyncio.sleep(LOOK_INTERVAL_S)
