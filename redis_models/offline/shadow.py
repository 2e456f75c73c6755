"""Shadows: a shadow is an in-process Redis that holds one user's last snapshot.

The same scripts as on the server apply the user's waiting writes to it and answer the user's reads.
"""

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from redis_models.errors import ScriptFailed
from redis_models.health import clock
from redis_models.journal import Row, State
from redis_models.journal.folds import Fold, Start, Stored, Tail
from redis_models.offline.local_redis import LocalRedis
from redis_models.operations.read import Read
from redis_models.operations.write import Receipt, Write
from redis_models.schema.parts import parts_of
from redis_models.schema.snapshot import Snapshot

BYTES_A_TEXT = 80
"""What a text takes in memory besides its own bytes, about: the object, and its place in a dict or list."""
BYTES_A_SHADOW = 3000
ROWS_A_FOLD = 32

_log = logging.getLogger(__name__)


class Shadow:
    """One user's in-process Redis.

    `rows` are the states of the journal's rows that were applied to it, by id, without those in the fold from which it
    started; `after` is the last row in that fold. `parts` are the parts that are complete in it, and `taken_ms` the
    times of their snapshots. `size` is about what it takes in memory (bytes). It is folded when it has `fold_at` rows.
    """

    def __init__(self, snapshot: Snapshot | None, folded: Mapping[str, Iterable[Stored]] | None = None) -> None:
        self.redis = LocalRedis(clock.now_ms)
        self._lock = threading.Lock()
        self.snapshot = snapshot
        self.after = 0
        self.fold_at = ROWS_A_FOLD
        self._folded_pending = 0
        self.rows: dict[int, State] = {}
        self.parts: set[str] = set()
        self.taken_ms: dict[str, int] = {}
        self.size = BYTES_A_SHADOW
        self._touched: set[str] = set()
        self._unkept = 0
        folded = folded or {}
        for part in snapshot.parts if snapshot else ():
            for stored in part.stored:
                self._weigh(stored.elements)
                if part.name not in folded:
                    self.redis.load(stored.name, stored.kind, stored.elements)
        for name, kind, elements in (stored for part in folded.values() for stored in part):
            self._weigh(elements)
            self.redis.restore(name, kind, elements)

    @classmethod
    def made(cls, start: Start, *, except_row: int | None) -> "Shadow":
        """Make the shadow with all rows of the tail but `except_row` applied."""
        shadow = cls(Snapshot(start.snapshot) if start.snapshot else None, start.folded)
        shadow.after, shadow._folded_pending = start.tail.last_row, start.tail.pending
        shadow.parts = set(start.parts)
        shadow.taken_ms = {part: start.tail.taken_ms[part] for part in start.parts if part in start.tail.taken_ms}
        states = {row_id: state for row_id, state in start.tail.rows.items() if row_id != except_row}
        shadow.apply([row for row in start.rows if row.id != except_row], states)
        return shadow

    @property
    def pending(self) -> int:
        """Return how many pending rows are applied to it."""
        with self._lock:
            return self._count_pending()

    def _count_pending(self) -> int:
        return self._folded_pending + sum(state is State.PENDING for state in self.rows.values())

    def agrees_with(self, tail: Tail) -> bool:
        """Return whether it started from the fold and the snapshots that are kept now, and no row of it has left."""
        with self._lock:
            taken_ms = {part: tail.taken_ms[part] for part in self.parts if part in tail.taken_ms}
            return (self.after, self.taken_ms) == (tail.last_row, taken_ms) and self.rows.items() <= tail.rows.items()

    def answer(self, question: Read) -> Any:
        """Return the reply of the read's script."""
        with self._lock:
            return self.redis.run(question.script, question.keys, question.args)

    def judge(self, write: Write) -> Receipt:
        """Apply the write and return its receipt. It stays applied: writes commute and may be applied again.

        Until `keep` is called for it, the shadow cannot be folded.
        """
        with self._lock:
            self._unkept += 1
            self._touch(write)
            return write.execute(self._apply)

    def keep(self, row_id: int) -> None:
        """Note that the judged write is kept as pending in this row."""
        with self._lock:
            self.rows[row_id] = State.PENDING
            self._unkept -= 1

    def apply(self, rows: Sequence[Row], states: Mapping[int, State], *, new_parts: Iterable[str] = ()) -> None:
        """Apply those of the rows that are not applied yet; `states` are their states, also those of damaged rows.

        `new_parts` are parts of which nothing is stored yet.
        """
        with self._lock:
            self.parts.update(new_parts)
            for row in rows:
                if row.id not in self.rows:
                    self._touch(row.write)
                    self._show(row)
            self.rows.update(states)

    def fold(self, user_id: str) -> Fold | None:
        """Return what is to be stored of it; None if it has no rows, or holds a write that is not kept in a row."""
        with self._lock:
            if self._unkept or not self.rows:
                return None
            parts: dict[str, list[Stored]] = {part: [] for part in self._touched}
            for stored in self.redis.dumped():
                _, *part = parts_of(user_id, (stored[0].decode(),))
                if (name := part[0] if part else "") in parts:
                    parts[name].append(stored)
            taken_ms = {part: taken for part, taken in self.taken_ms.items() if part in parts}
            return Fold(user_id, self.after, self._count_pending(), dict(self.rows), taken_ms, parts)

    def _touch(self, write: Write) -> None:
        self._touched.update(parts_of(write.user_id, write.all_keys))
        self._weigh(write.args)

    def _weigh(self, texts: Sequence[str] | Sequence[bytes]) -> None:
        self.size += sum(map(len, texts)) + BYTES_A_TEXT * len(texts)

    def _show(self, row: Row) -> None:
        try:
            row.write.execute(self._apply)
        except ScriptFailed as error:
            _log.error("A row cannot be shown; the drain will make it a dead letter. row=%d reason=%s", row.id, error)

    def _apply(self, write: Write, argv: tuple[str, ...]) -> Receipt:
        return Receipt.from_reply(self.redis.run(write.script, write.keys, argv))
