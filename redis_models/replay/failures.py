"""Rows of a drain that could not be applied: dead letters if the fault is theirs, else rows that are held back."""

import logging
from typing import Any

from redis_models import trace
from redis_models.errors import ScriptFailed, UnknownReply
from redis_models.host import state as host_state
from redis_models.journal import Row
from redis_models.operations.write import Outcome
from redis_models.replay.held_rows import HeldRows

ALIKE_AT_MOST = 20
"""If the rows of so many users fail alike, the fault is the server's, and the drain stops."""

_APPLY = "redis_models.replay.primary_drain.PrimaryDrain.apply"
_log = logging.getLogger(__name__)


class Failures:
    """What failed since `cleared`. `stopped_by` is why no more rows are to be applied, or empty."""

    def __init__(self) -> None:
        self.dead_letters: dict[int, str] = {}
        self.held_back = 0
        self.stopped_by = ""
        self._users_alike: dict[str, set[str]] = {}
        self._held = host_state(HeldRows)

    def take(self, row: Row, reply: Any) -> bool:
        """Take the row if the reply says that it was not applied; return whether it does."""
        if isinstance(reply, UnknownReply):
            self._hold_back(row, reply)
            trace.note(_APPLY, "held back", row=row.id)
            return True
        self._held.release(row.id)
        reason = str(reply) if isinstance(reply, ScriptFailed) else _refusal(reply)
        trace.note(_APPLY, "refused" if reason else "applied", row=row.id)
        if reason:
            self.dead_letters[row.id] = reason
        return bool(reason)

    def _hold_back(self, row: Row, error: UnknownReply) -> None:
        pause_s = self._held.hold_back(row.id)
        _log.warning("A row is held back. row=%d pause_s=%d reason=%s", row.id, pause_s, error)
        self.held_back += 1
        users = self._users_alike.setdefault(error.likeness, set())
        users.add(row.write.user_id)
        if len(users) >= ALIKE_AT_MOST:
            self.stopped_by = str(error)

    def cleared(self) -> tuple[int, int]:
        """Return the numbers of dead letters and of rows held back, and count anew."""
        counts = len(self.dead_letters), self.held_back
        self.dead_letters, self.held_back = {}, 0
        return counts


def _refusal(reply: Any) -> str:
    """Return why the row cannot be applied, or an empty string. GONE is no reason: the deletion stands.

    The same goes for a row that was in flight when it was read: its request may have said yes before that or since.
    """
    outcome, *rest = reply
    return " ".join((outcome, *rest)) if outcome == Outcome.CONFLICT else ""
