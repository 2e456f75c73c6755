"""A user's data without Redis: an in-process Redis that holds the user's last complete snapshot.

The user's waiting writes are applied to it with the very same scripts, and the user's reads are answered by them.
"""

import threading
from collections.abc import Sequence
from typing import Any

import fakeredis

from redis_models.journal import journal
from redis_models.scripts import script
from redis_models.snapshot import Snapshot, StoredKey
from redis_models.write import Outcome, Read, Receipt, Write

KEPT_AT_MOST = 64


class Shadow:
    """One user's in-process Redis. `rows` are the ids of the journal's rows that were applied, ascending."""

    def __init__(self, snapshot: Snapshot | None) -> None:
        self._client = fakeredis.FakeRedis(
            server=fakeredis.FakeServer(), decode_responses=True, encoding_errors="replace"
        )
        self._lock = threading.Lock()
        self.snapshot = snapshot
        self.rows: list[int] = []
        for stored in snapshot.stored if snapshot else ():
            _load(self._client, stored)

    def answer(self, question: Read) -> Any:
        """Return the reply of the read's script."""
        with self._lock:
            return self._run(question.script, question.keys, question.args)

    def judge(self, write: Write) -> Receipt:
        """Apply the write and return what became of it. It stays: writes commute, and may be applied again."""
        with self._lock:
            return write.carried_out(self._apply)

    def catch_up(self, user_id: str, waiting: Sequence[int]) -> None:
        """Apply those of the user's waiting rows (by id, ascending) that were not applied yet."""
        with self._lock:
            last = self.rows[-1] if self.rows else 0
            for row in journal().waiting(user_id, after=last) if waiting[len(self.rows) :] else ():
                row.write.carried_out(self._apply)
                self.rows.append(row.id)

    def _apply(self, write: Write, argv: tuple[str, ...]) -> Receipt:
        outcome, *reply = self._run(write.script, write.keys, argv)
        return Receipt(Outcome(outcome), tuple(reply))

    def _run(self, name: str, keys: tuple[str, ...], args: tuple[str, ...]) -> Any:
        return self._client.eval(script(name).source, len(keys), *keys, *args)


def _load(client: fakeredis.FakeRedis, stored: StoredKey) -> None:
    elements = stored.elements
    match stored.kind:
        case "hash":
            client.hset(stored.name, items=list(elements))
        case "set":
            client.sadd(stored.name, *elements)
        case "zset":
            members = zip(elements[::2], map(float, elements[1::2]), strict=True)
            client.zadd(stored.name, dict(members))
        case "list":
            client.rpush(stored.name, *elements)
        case _:
            client.set(stored.name, elements[0])


_kept: dict[str, Shadow] = {}
_kept_lock = threading.Lock()


def shadow_of(user_id: str, *, snapshot: Snapshot | None, waiting: Sequence[int]) -> Shadow:
    """Return the user's shadow: the snapshot (None: nothing is known) with the waiting rows (ids, ascending) on top.

    The shadows of the last 64 users who have rows waiting are kept, so that an outage costs each row once in a process
    and not once in a request. One is built anew when the snapshot is another one or a row has left the journal.
    """
    with _kept_lock:
        kept = _kept.pop(user_id, None)
        is_current = kept and kept.snapshot == snapshot and kept.rows == list(waiting[: len(kept.rows)])
        found = kept if kept and is_current else Shadow(snapshot)
        if waiting:
            _kept[user_id] = found
        if len(_kept) > KEPT_AT_MOST:
            del _kept[next(iter(_kept))]
    found.catch_up(user_id, waiting)
    return found


def forget(user_id: str) -> None:
    """Drop the user's shadow, because it holds what the journal could not keep."""
    with _kept_lock:
        _kept.pop(user_id, None)
