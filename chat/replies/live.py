"""Replies that this process is writing. Listeners wait for new text in a thread or in an event loop."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rest_framework.exceptions import APIException

from chat.replies.stop_sign import StopSign

REPLIES_AT_MOST = 40


class RepliesBusy(APIException):
    """The process already writes or streams as many replies as it can."""

    status_code = 503
    default_detail = "Aira is talking with many people at this moment. Please try again."
    default_code = "replies_busy"
    retry_after_s = 2


class DailyLimitReached(APIException):
    """The plan's daily limit is reached; the text names the limit."""

    status_code = 429
    default_code = "daily_limit"

    def __init__(self, *, limit: int | None, retry_after_s: int) -> None:
        super().__init__(f"You have used your plan's {limit} messages for today")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Ending:
    """How a reply ended: as a `message` (its stored fields), or with an error.

    `can_go_on` is whether there is text that a later request can continue.
    """

    message: dict[str, Any] | None = None
    code: str = ""
    detail: str = ""
    can_go_on: bool = False


class LiveReply:
    """A reply's text so far and, once it has ended, its ending; `stop` ends it early."""

    def __init__(self, reply_id: str, *, text: str = "") -> None:
        self.id = reply_id
        self.text = text
        self.ending: Ending | None = None
        self.stop = StopSign()
        self._changed = threading.Condition()
        self._wakers: set[Callable[[], object]] = set()

    def say(self, piece: str) -> None:
        """Add a piece."""
        self._tell(text=self.text + piece)

    def end(self, ending: Ending) -> None:
        """Set the ending and wake all listeners."""
        self._tell(text=self.text, ending=ending)

    def _tell(self, *, text: str, ending: Ending | None = None) -> None:
        with self._changed:
            self.text, self.ending = text, ending
            self._changed.notify_all()
            wakers = list(self._wakers)
        for wake in wakers:
            wake()

    def has_news(self, told: int) -> bool:
        """Return whether there is more text than `told` characters, or the reply has ended."""
        return len(self.text) > told or self.ending is not None

    def wait(self, told: int, *, seconds: float) -> None:
        """Wait until `has_news`, at most for `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self.has_news(told), timeout=seconds)

    async def wait_async(self, told: int, *, seconds: float) -> None:
        """Wait in an event loop until `has_news`, at most for `seconds`."""
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(news.set)

        with self._changed:
            self._wakers.add(wake)
        try:
            if not self.has_news(told):
                await asyncio.wait_for(news.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            with self._changed:
                self._wakers.discard(wake)


_lock = threading.Lock()
_replies: dict[tuple[str, str], LiveReply] = {}


def enter(user_id: str, reply: LiveReply) -> LiveReply:
    """Register a reply that is about to be written, and return it; or return the one already registered with its id.

    Raises RepliesBusy.
    """
    with _lock:
        known = _replies.get((user_id, reply.id))
        if known is not None:
            return known
        if len(_replies) >= REPLIES_AT_MOST:
            raise RepliesBusy
        _replies[user_id, reply.id] = reply
        return reply


def leave(user_id: str, reply_id: str) -> None:
    """Unregister a reply that has ended; its listeners keep their reference."""
    with _lock:
        _replies.pop((user_id, reply_id), None)


def live_reply(user_id: str, reply_id: str) -> LiveReply | None:
    """Return the reply if this process is writing it, else None."""
    return _replies.get((user_id, reply_id))


def count() -> int:
    """Return the number of replies that this process is writing."""
    return len(_replies)
