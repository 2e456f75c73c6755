"""How many replies to a user are written at once, on all hosts together, and how many a user listens to in a process.

A place for a reply is kept in Redis for a few seconds and renewed while the reply is written, so a process that dies
gives its places back. While Redis is away, each process counts for itself with the same script.
"""

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from django.conf import settings
from rest_framework.exceptions import APIException

from redis_models import gateway
from redis_models.budget import budget, without_budget
from redis_models.errors import BudgetSpent, RedisModelError, RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.offline import fallback
from redis_models.operations.read import Read

AT_MOST: Final = 3
LISTENERS_AT_MOST: Final = 12
LASTS_S: Final = 15.0
RENEW_INTERVAL_S: Final = 5.0


class TooManyReplies(APIException):
    """As many replies to this user are being written as may be at once."""

    status_code = 429
    default_detail = f"Aira is writing {AT_MOST} replies to you already. Please wait until one of them has ended."
    default_code = "too_many_replies"
    retry_after_s = 2


def enter(user_id: str, reply_id: str, *, lasts_s: float = LASTS_S) -> None:
    """Take a place for the reply, or keep the one it has, for so long; raises TooManyReplies, BudgetSpent."""
    if not _asked(user_id, reply_id, lasts_s=lasts_s):
        raise TooManyReplies


def renew(user_id: str, reply_id: str) -> None:
    """Keep the reply's place for another while."""
    _without_request(user_id, reply_id, lasts_s=LASTS_S)


def leave(user_id: str, reply_id: str) -> None:
    """Give the reply's place back."""
    _without_request(user_id, reply_id, lasts_s=0)


@contextmanager
def place(user_id: str, reply_id: str, *, lasts_s: float) -> Iterator[None]:
    """Hold a place while the block runs, which takes at most so long; raises TooManyReplies."""
    enter(user_id, reply_id, lasts_s=lasts_s)
    try:
        yield
    finally:
        leave(user_id, reply_id)


def _without_request(user_id: str, reply_id: str, *, lasts_s: float) -> None:
    """Ask with a budget of its own; if that fails, the place ends by itself."""
    with suppress(RedisModelError), without_budget(), budget(settings.AIRA_REQUEST_BUDGET_S):
        _asked(user_id, reply_id, lasts_s=lasts_s)


def _asked(user_id: str, reply_id: str, *, lasts_s: float) -> bool:
    now = now_ms()
    until = now + round(lasts_s * 1000) if lasts_s else 0
    question = Read("", "chat.reply_place.1", (_key(user_id),), (str(now), str(until), str(AT_MOST), reply_id))
    try:
        return bool(gateway.read(question))
    except BudgetSpent:
        raise
    except RedisUnavailable:
        return bool(fallback.answer(question))


def _key(user_id: str) -> str:
    """Return the key, which holds only a digest of the user's id: no erasure has to remove it."""
    salted = hashlib.blake2b(user_id.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=16)
    return f"replying:{salted.hexdigest()}"


class TooManyListeners(APIException):
    """The user listens to as many streams as a process holds open for one user."""

    status_code = 429
    default_detail = f"You listen to {LISTENERS_AT_MOST} replies at once already. Please close one of them."
    default_code = "too_many_listeners"
    retry_after_s = 2


class Listeners:
    """Counts the open streams of each user."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()

    def enter(self, user_id: str) -> None:
        """Count one stream more; raises TooManyListeners."""
        with self._lock:
            if self._open[user_id] >= LISTENERS_AT_MOST:
                raise TooManyListeners
            self._open[user_id] += 1

    def leave(self, user_id: str) -> None:
        """Count one stream less."""
        with self._lock:
            self._open[user_id] -= 1
            if not self._open[user_id]:
                del self._open[user_id]
