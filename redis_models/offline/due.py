"""A bounded queue of parts of users' data whose snapshot must be refreshed; past the bound the oldest go.

A part that is only read, over and over, is due every few seconds.
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
    """A host's due parts by user, and when each was last remembered."""

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
    """Remember the parts of the user's data that these keys belong to, unless they were remembered a moment ago."""
    state(_DueParts).note(user_id, touched, unless_within_s=RENEWED_EVERY_S)


def note_written(user_id: str, touched: Iterable[str]) -> None:
    """Remember the parts of the user's data that these keys belong to."""
    state(_DueParts).note(user_id, touched, unless_within_s=0.0)


def taken(most: int) -> dict[str, tuple[str, ...]]:
    """Return the due parts of up to `most` users, the longest remembered first, and forget them."""
    return state(_DueParts).take(most)


def put_back(user_id: str, parts: Iterable[str]) -> None:
    """Remember parts again whose snapshot could not be taken, as the last of all."""
    state(_DueParts).put_back(user_id, parts)
