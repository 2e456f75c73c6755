"""Replies that this process is writing: who listens is told of every piece, in a thread or in an event loop."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rest_framework.exceptions import APIException

from chat.replies.stop_sign import StopSign

REPLIES_AT_MOST = 40


class RepliesBusy(APIException):
    """As many replies are being written here as can be."""

    status_code = 503
    default_detail = "Aira is talking with many people at this moment. Please try again."
    default_code = "replies_busy"
    retry_after_s = 2


class DailyLimitReached(APIException):
    """The plan's messages of the user's day are used up; the text says how many they were."""

    status_code = 429
    default_code = "daily_limit"

    def __init__(self, *, limit: int | None, retry_after_s: int) -> None:
        super().__init__(f"Your plan's {limit} messages of today are used up")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Ending:
    """How a reply ended: as a `message` (its stored fields), or with an error.

    `can_go_on` is whether there is text that a later attempt goes on from.
    """

    message: dict[str, Any] | None = None
    code: str = ""
    detail: str = ""
    can_go_on: bool = False


class LiveReply:
    """The text so far and, once there is one, the ending; `stop` ends it early."""

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
        """Tell that nothing more comes."""
        self._tell(text=self.text, ending=ending)

    def _tell(self, *, text: str, ending: Ending | None = None) -> None:
        with self._changed:
            self.text, self.ending = text, ending
            self._changed.notify_all()
            wakers = list(self._wakers)
        for wake in wakers:
            wake()

    def has_news(self, told: int) -> bool:
        """Return whether there is more than the `told` characters, or the ending."""
        return len(self.text) > told or self.ending is not None

    def wait(self, told: int, *, seconds: float) -> None:
        """Wait for news, at most so long."""
        with self._changed:
            self._changed.wait_for(lambda: self.has_news(told), timeout=seconds)

    async def wait_async(self, told: int, *, seconds: float) -> None:
        """Wait for news in an event loop, at most so long."""
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
    """Enter a reply that is about to be written, and return it, or the one that is being written under its id.

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
    """Forget a reply that has ended; who listens keeps it."""
    with _lock:
        _replies.pop((user_id, reply_id), None)


def live_reply(user_id: str, reply_id: str) -> LiveReply | None:
    """Return the reply where this process is writing it."""
    return _replies.get((user_id, reply_id))


def count() -> int:
    """Return how many replies this process is writing."""
    return len(_replies)
