"""A bounded queue of parts of users' data whose snapshot must be renewed; drops the oldest.

A part that is only read becomes due at most every 5 seconds.
"""

import threading
import time
from collections.abc import Iterable
from typing import Any

from redis_models.host import state
from redis_models.schema.parts import OWN_PART, parts_of

USERS_AT_MOST = 10_000
RENEWED_EVERY_S = 5.0


class _DueParts:
    """A host's due parts by user, and when each part last became due."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._due: dict[str, dict[str, None]] = {}
        self._last_s: dict[tuple[str, str], float] = {}

    def note(self, user_id: str, touched: Iterable[str], *, unless_within_s: float) -> None:
        now = time.monotonic()
        with self._lock:
            for part in parts_of(user_id, touched):
                if now - self._last_s.get((user_id, part), -unless_within_s) < unless_within_s:
                    continue
                self._last_s.pop((user_id, part), None)
                self._last_s[user_id, part] = now
                self._due.setdefault(user_id, {OWN_PART: None})[part] = None
            _trim(self._due)
            _trim(self._last_s)

    def take(self, most: int) -> dict[str, tuple[str, ...]]:
        with self._lock:
            users = list(self._due)[:most]
            return {user_id: tuple(self._due.pop(user_id)) for user_id in users}

    def put_back(self, user_id: str, parts: Iterable[str]) -> None:
        with self._lock:
            later = self._due.pop(user_id, {})
            self._due[user_id] = dict.fromkeys(parts) | later
            _trim(self._due)


def _trim(bounded: dict[Any, Any]) -> None:
    while len(bounded) > USERS_AT_MOST:
        del bounded[next(iter(bounded))]


def note_read(user_id: str, touched: Iterable[str]) -> None:
    """Make the parts of the user's data that these keys belong to due, unless they became due within 5 seconds."""
    state(_DueParts).note(user_id, touched, unless_within_s=RENEWED_EVERY_S)


def note_written(user_id: str, touched: Iterable[str]) -> None:
    """Make the parts of the user's data that these keys belong to due."""
    state(_DueParts).note(user_id, touched, unless_within_s=0.0)


def taken(most: int) -> dict[str, tuple[str, ...]]:
    """Remove and return the due parts of up to `most` users, those due longest first."""
    return state(_DueParts).take(most)


def put_back(user_id: str, parts: Iterable[str]) -> None:
    """Put parts whose snapshot could not be taken at the end of the queue."""
    state(_DueParts).put_back(user_id, parts)
