"""Parts of users' data that were read or written a moment ago, whose snapshot is therefore due; bounded: the oldest go.

A part that is only read, over and over, is due every few seconds.
"""

import threading
import time
from collections.abc import Iterable
from typing import Any

from redis_models.schema.parts import OWN_PART, parts_of

USERS_AT_MOST = 10_000
RENEWED_EVERY_S = 5.0

_lock = threading.Lock()
_due: dict[str, dict[str, None]] = {}
_last: dict[tuple[str, str], float] = {}


def note_read(user_id: str, touched: Iterable[str]) -> None:
    """Remember the parts of the user's data that these keys belong to, unless they were remembered a moment ago."""
    _note(user_id, touched, unless_within_s=RENEWED_EVERY_S)


def note_written(user_id: str, touched: Iterable[str]) -> None:
    """Remember the parts of the user's data that these keys belong to."""
    _note(user_id, touched, unless_within_s=0.0)


def _note(user_id: str, touched: Iterable[str], *, unless_within_s: float) -> None:
    now = time.monotonic()
    with _lock:
        for part in parts_of(user_id, touched):
            if now - _last.get((user_id, part), -unless_within_s) < unless_within_s:
                continue
            _last.pop((user_id, part), None)
            _last[user_id, part] = now
            _due.setdefault(user_id, {OWN_PART: None})[part] = None
        _trim(_due)
        _trim(_last)


def _trim(bounded: dict[Any, Any]) -> None:
    while len(bounded) > USERS_AT_MOST:
        del bounded[next(iter(bounded))]


def taken(most: int) -> dict[str, tuple[str, ...]]:
    """Return the due parts of up to `most` users, the longest remembered first, and forget them."""
    with _lock:
        users = list(_due)[:most]
        return {user_id: tuple(_due.pop(user_id)) for user_id in users}


def put_back(user_id: str, parts: Iterable[str]) -> None:
    """Remember parts again whose snapshot could not be taken, as the last of all."""
    with _lock:
        later = _due.pop(user_id, {})
        _due[user_id] = dict.fromkeys(parts) | later
        _trim(_due)
