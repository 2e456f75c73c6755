"""The shadows that a process keeps between requests, bounded by their bytes, and their folds in the journal.

A shadow that leaves memory, or to which 32 rows were applied, is folded: stored in the journal, so that whoever needs
the user's shadow next applies only the rows after it. If it cannot be stored, it stays in memory for 32 rows more.
"""

import logging
import threading
from collections.abc import Sequence

from redis_models.errors import JournalUnavailable
from redis_models.host import state as host_state
from redis_models.journal import journal
from redis_models.journal.folds import Fold
from redis_models.offline.shadow import ROWS_A_FOLD, Shadow

BYTES_AT_MOST = 64 * 1024 * 1024
FOLDS_AT_ONCE = 32

_log = logging.getLogger(__name__)


class KeptShadows:
    """A host's most recently used shadows, by user id, and the folds that wait to be stored together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_user: dict[str, tuple[Shadow, int]] = {}
        self._folds: dict[str, Fold] = {}
        self.size = 0

    @property
    def users(self) -> list[str]:
        """Return the ids of the users, that of the shadow used last at the end."""
        return list(self._by_user)

    def get(self, user_id: str) -> Shadow | None:
        """Return the user's shadow; None if it is not kept."""
        with self._lock:
            return self._by_user.get(user_id, (None, 0))[0]

    def put(self, user_id: str, shadow: Shadow) -> list[tuple[str, Shadow]]:
        """Keep the shadow; return the ids and shadows of users that leave, because the bound is exceeded."""
        left = []
        with self._lock:
            self._drop(user_id)
            self._by_user[user_id] = shadow, shadow.size
            self.size += shadow.size
            while self.size > BYTES_AT_MOST and len(self._by_user) > 1:
                oldest = next(iter(self._by_user))
                left.append((oldest, self._by_user[oldest][0]))
                self._drop(oldest)
        return left

    def weigh(self, user_id: str) -> None:
        """Note how large the user's shadow has become."""
        with self._lock:
            if found := self._by_user.get(user_id):
                shadow, size = found
                self._by_user[user_id] = shadow, shadow.size
                self.size += shadow.size - size

    def drop(self, user_id: str) -> None:
        """Drop the user's shadow and its fold."""
        with self._lock:
            self._drop(user_id)
            self._folds.pop(user_id, None)

    def _drop(self, user_id: str) -> None:
        _, size = self._by_user.pop(user_id, (None, 0))
        self.size -= size

    def due_folds(self, new: Sequence[Fold], *, at_once: bool) -> list[Fold]:
        """Add new folds to those that wait; return all of them, if it is time to store them."""
        with self._lock:
            self._folds.update((fold.user_id, fold) for fold in new)
            if not at_once and len(self._folds) < FOLDS_AT_ONCE:
                return []
            due, self._folds = list(self._folds.values()), {}
            return due


def kept(user_id: str, parts: Sequence[str], *, except_row: int | None) -> Shadow:
    """Return the user's shadow, with at least these parts and all rows that reads show, except `except_row`.

    Raises JournalUnavailable.
    """
    own = host_state(KeptShadows)
    found = own.get(user_id)
    if found is None or not _catch_up(found, user_id, parts, except_row=except_row):
        found = Shadow.made(journal().folds.start(user_id, parts), except_row=except_row)
    if len(found.rows) >= found.fold_at:
        own.drop(user_id)
        if _store(own, [(user_id, found)], at_once=True):
            return found
        found.fold_at = len(found.rows) + ROWS_A_FOLD
    _store(own, own.put(user_id, found), at_once=False)
    return found


def _catch_up(found: Shadow, user_id: str, parts: Sequence[str], *, except_row: int | None) -> bool:
    """Apply new rows; return whether the shadow is complete and current then."""
    known = found.rows if except_row is None else {*found.rows, except_row}
    news = journal().folds.news(user_id, parts, known=known, agrees=found.agrees_with)
    if news is None:
        return False
    missing = news.parts - found.parts
    if missing & news.stored:
        return False
    states = {row_id: state for row_id, state in news.tail.rows.items() if row_id not in known}
    found.apply(news.rows, states, new_parts=missing)
    return True


def _store(own: KeptShadows, shadows: Sequence[tuple[str, Shadow]], *, at_once: bool) -> bool:
    """Store folds of the shadows with those that wait, or have them wait; return False if they cannot be stored."""
    folds = [fold for user_id, shadow in shadows if (fold := shadow.fold(user_id))]
    if due := own.due_folds(folds, at_once=at_once and bool(folds)):
        try:
            journal().folds.keep(due)
        except JournalUnavailable as error:
            _log.error("Shadows are not stored; they are made again from the rows. reason=%s", error)
            return False
    return True


def note_kept(user_id: str, shadow: Shadow, row_id: int) -> None:
    """Note that the write that the user's shadow judged is kept in this row."""
    shadow.keep(row_id)
    host_state(KeptShadows).weigh(user_id)


def forget(user_id: str) -> None:
    """Drop the user's shadow; called if it judged a write that the journal did not keep, and for an erased user.

    A refused write, too, may have marked its day as active.
    """
    host_state(KeptShadows).drop(user_id)
