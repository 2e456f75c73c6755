"""Shadows: a shadow is an in-process Redis that holds one user's last snapshot.

The same scripts as on the server apply the user's waiting writes to it and answer the user's reads.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from redis_models.errors import ScriptFailed
from redis_models.health import clock
from redis_models.host import state
from redis_models.journal import Row, View
from redis_models.offline.local_redis import LocalRedis
from redis_models.operations.read import Read
from redis_models.operations.write import Receipt, Write
from redis_models.schema.snapshot import Snapshot

KEPT_AT_MOST = 64

_log = logging.getLogger(__name__)


class Shadow:
    """One user's in-process Redis. `rows` are the ids of the journal's rows that were applied to it.

    `taken_ms` maps each part of the snapshot that it was loaded from to the time it was taken.
    """

    def __init__(self, snapshot: Snapshot | None) -> None:
        self.redis = LocalRedis(clock.now_ms)
        self._lock = threading.Lock()
        self.snapshot = snapshot
        self.taken_ms = {part.name: part.taken_ms for part in snapshot.parts} if snapshot else {}
        self.rows: set[int] = set()
        for stored in snapshot.stored if snapshot else ():
            self.redis.load(stored.name, stored.kind, stored.elements)

    def answer(self, question: Read) -> Any:
        """Return the reply of the read's script."""
        with self._lock:
            return self.redis.run(question.script, question.keys, question.args)

    def judge(self, write: Write) -> Receipt:
        """Apply the write and return its receipt. It stays applied: writes commute and may be applied again."""
        with self._lock:
            return write.execute(self._apply)

    def catch_up(self, waiting: Sequence[int], rows_by_id: Callable[[Sequence[int]], list[Row]]) -> None:
        """Apply those waiting rows (by id) that are not applied yet."""
        with self._lock:
            new = [row_id for row_id in waiting if row_id not in self.rows]
            for row in rows_by_id(new) if new else ():
                self._show(row)
            self.rows.update(new)

    def _show(self, row: Row) -> None:
        try:
            row.write.execute(self._apply)
        except ScriptFailed as error:
            _log.error("A row cannot be shown; the drain will make it a dead letter. row=%d reason=%s", row.id, error)

    def _apply(self, write: Write, argv: tuple[str, ...]) -> Receipt:
        return Receipt.from_reply(self.redis.run(write.script, write.keys, argv))


class KeptShadows:
    """A host's most recently used shadows, by user id."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.by_user: dict[str, Shadow] = {}


def kept(user_id: str, parts: Sequence[str], *, view: View, load: Callable[[Sequence[str]], Snapshot | None]) -> Shadow:
    """Return the user's shadow, from the kept snapshots of at least these parts, without rows that left the journal.

    The shadows of the last 64 users are kept, so a process applies each row once in an outage and not once in each
    request. A shadow is rebuilt with `load` if a part is missing or has a newer snapshot, or if a row left the journal.
    """
    wanted = {part for part in parts if part in view.taken_ms}
    own = state(KeptShadows)
    with own.lock:
        found = own.by_user.pop(user_id, None)
    if found is None or not _is_current(found, wanted, view):
        loaded = found.taken_ms.keys() if found else set()
        found = Shadow(load(sorted(wanted | (loaded & view.taken_ms.keys()))))
    with own.lock:
        own.by_user[user_id] = found
        if len(own.by_user) > KEPT_AT_MOST:
            del own.by_user[next(iter(own.by_user))]
    return found


def _is_current(found: Shadow, wanted: AbstractSet[str], view: View) -> bool:
    is_same = all(view.taken_ms.get(part) == taken_ms for part, taken_ms in found.taken_ms.items())
    return is_same and wanted <= found.taken_ms.keys() and found.rows.issubset(view.shown)


def forget(user_id: str) -> None:
    """Drop the user's shadow; called if it holds a write that the journal did not keep, and for an erased user."""
    own = state(KeptShadows)
    with own.lock:
        own.by_user.pop(user_id, None)
