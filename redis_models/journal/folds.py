"""Folds: a user's data with the first waiting rows applied, so that a shadow applies only the rows after them.

A fold is derived data: without it, a shadow starts from the snapshot and applies all rows. Any change of the user's
rows other than a new row, and any change of the user's snapshots, removes it (triggers, see `tables`), whichever
release makes the change.
"""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from redis_models.journal.rows import COLUMNS, Row, row_from, rows_by_id
from redis_models.journal.snapshots import parts_from
from redis_models.journal.store import Store
from redis_models.journal.tables import State, checksum_of
from redis_models.schema.parts import OWN_PART, parts_of
from redis_models.schema.snapshot import Part

Stored = tuple[bytes, str, list[bytes]]
"""A key: name, Redis type, and elements in the form of HGETALL, SMEMBERS, ZRANGE WITHSCORES, LRANGE or GET."""
_SHOWN = (State.PENDING, State.APPLIED, State.IN_FLIGHT)
_OF_USER = f"user_id = ? AND state IN ({','.join('?' * len(_SHOWN))}) AND id > ?"


@dataclass(frozen=True, slots=True)
class Tail:
    """What a user's shadow must agree with, at one moment.

    `last_row` is the id of the last row in the fold (0: there is none), and `pending` how many of its rows are pending.
    `rows` are the states of the later rows that reads show, by id. `taken_ms` are the times (ms) of the kept snapshots,
    by part.
    """

    last_row: int
    pending: int
    rows: Mapping[int, State]
    taken_ms: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Start:
    """What a shadow is made from: kept snapshots, folded parts (by name) in place of theirs, and rows to apply.

    `parts` are the names of the parts that are complete in it; `rows` are the undamaged rows of the tail.
    """

    tail: Tail
    parts: frozenset[str]
    snapshot: tuple[Part, ...]
    folded: Mapping[str, Sequence[Stored]]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class News:
    """What a shadow that agrees with `tail` lacks: undamaged rows that are new to it, and the parts that they touch.

    `parts` are these and those that were asked for; of the parts in `stored`, a snapshot or the fold has data.
    """

    tail: Tail
    rows: Sequence[Row]
    parts: frozenset[str]
    stored: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fold:
    """A shadow to be stored: the state of each part that its rows wrote to, and the tail that it was made from.

    `after` is the last row of the fold that the shadow started from; `rows` are the states of the rows applied since.
    `pending` is the number of pending rows in both.
    """

    user_id: str
    after: int
    pending: int
    rows: Mapping[int, State]
    taken_ms: Mapping[str, int]
    parts: Mapping[str, Sequence[Stored]]


class Folds:
    """The folds. Every method raises JournalUnavailable if the file cannot be used."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def news(
        self, user_id: str, parts: Sequence[str], *, known: Collection[int], agrees: Callable[[Tail], bool]
    ) -> News | None:
        """Return what a shadow lacks that has the rows `known` (by id); None if it does not agree with the tail."""
        with self._store.reading() as db:
            tail = _tail(db, user_id)
            if not agrees(tail):
                return None
            new = [row_id for row_id in tail.rows if row_id not in known]
            rows = rows_by_id(db, new) if new else []
            names = _with_touched(user_id, parts, rows)
            return News(tail, rows, names, _stored(db, user_id, names, tail))

    def pending(self, user_id: str) -> int:
        """Return the number of the user's pending rows; only the rows after the fold are counted."""
        count = "SELECT COUNT(*) FROM rows WHERE user_id = ? AND state = 'pending' AND id > ?"
        with self._store.reading() as db:
            last_row, folded = _header(db, user_id)
            return int(folded + db.execute(count, (user_id, last_row)).fetchone()[0])

    def start(self, user_id: str, parts: Sequence[str]) -> Start:
        """Return what a shadow with these parts, and with those that the rows after the fold wrote to, is made from.

        A damaged fold is removed and not used.
        """
        with self._store.reading() as db:
            found = _start(db, user_id, parts)
        if found is None:
            self._store.commit(lambda db: db.execute("DELETE FROM folds WHERE user_id = ?", (user_id,)))
            return self.start(user_id, parts)
        return found

    def keep(self, folds: Sequence[Fold]) -> None:
        """Store those of the folds that still agree with the journal, each in place of the one it started from."""

        def change(db: sqlite3.Connection) -> None:
            for fold in folds:
                if _is_current(db, fold):
                    _put(db, fold)

        self._store.commit(change)


def _header(db: sqlite3.Connection, user_id: str) -> tuple[int, int]:
    """Return the last row in the user's fold and how many of its rows are pending; zeros if there is no fold."""
    query = "SELECT last_row, pending FROM folds WHERE user_id = ? AND part = ?"
    return db.execute(query, (user_id, OWN_PART)).fetchone() or (0, 0)


def _tail(db: sqlite3.Connection, user_id: str) -> Tail:
    last_row, pending = _header(db, user_id)
    rows = db.execute(f"SELECT id, state FROM rows WHERE {_OF_USER}", (user_id, *_SHOWN, last_row))  # noqa: S608
    taken = db.execute("SELECT part, taken_ms FROM snapshots WHERE user_id = ?", (user_id,))
    return Tail(last_row, pending, {row_id: State(state) for row_id, state in rows}, dict(taken.fetchall()))


def _start(db: sqlite3.Connection, user_id: str, parts: Sequence[str]) -> Start | None:
    """Return the start; None if the fold is damaged."""
    tail = _tail(db, user_id)
    query = f"SELECT {COLUMNS} FROM rows WHERE {_OF_USER} ORDER BY id"  # noqa: S608
    found = map(row_from, db.execute(query, (user_id, *_SHOWN, tail.last_row)))
    rows = [row for row in found if row is not None]
    names = _with_touched(user_id, parts, rows)
    folded = {}
    query = "SELECT part, last_row, pending, body, checksum FROM folds WHERE user_id = ? AND part = ?"
    for part, last_row, pending, body, checksum in (
        each for name in names for each in db.execute(query, (user_id, name))
    ):
        if checksum_of(body, user_id, part, last_row, pending) != checksum:
            return None
        folded[part] = msgspec.msgpack.decode(body, type=list[Stored])
    return Start(tail, names, parts_from(db, user_id, list(names)), folded, rows)


def _with_touched(user_id: str, parts: Sequence[str], rows: Sequence[Row]) -> frozenset[str]:
    return frozenset((*parts, *parts_of(user_id, [key for row in rows for key in row.write.all_keys])))


def _stored(db: sqlite3.Connection, user_id: str, parts: Collection[str], tail: Tail) -> frozenset[str]:
    """Return those of the parts of which a snapshot or the fold has data."""
    query = "SELECT 1 FROM folds WHERE user_id = ? AND part = ?"
    in_fold = {part for part in parts if tail.last_row and db.execute(query, (user_id, part)).fetchone()}
    return frozenset(in_fold | (tail.taken_ms.keys() & set(parts)))


def _is_current(db: sqlite3.Connection, fold: Fold) -> bool:
    """Return whether the fold it started from is still stored, and its rows and snapshots are still the same."""
    tail = _tail(db, fold.user_id)
    last_row = max(fold.rows)
    rows = {row_id: state for row_id, state in tail.rows.items() if row_id <= last_row}
    taken_ms = {part: tail.taken_ms[part] for part in fold.parts if part in tail.taken_ms}
    return (tail.last_row, rows, taken_ms) == (fold.after, fold.rows, fold.taken_ms)


def _put(db: sqlite3.Connection, fold: Fold) -> None:
    last_row = max(fold.rows)
    for part, stored in fold.parts.items():
        body = msgspec.msgpack.encode(stored)
        checksum = checksum_of(body, fold.user_id, part, last_row, fold.pending)
        values = (fold.user_id, part, last_row, fold.pending, body, checksum)
        db.execute("INSERT OR REPLACE INTO folds VALUES (?, ?, ?, ?, ?, ?)", values)
