"""What one user's keys held at one moment: enough to answer the user's reads without Redis."""

from dataclasses import dataclass
from typing import Any

from redis_models import keys
from redis_models.model import pairs
from redis_models.write import Read

ELEMENTS_AT_MOST = 50_000


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One key: name, Redis type, and elements as HGETALL, SMEMBERS, ZRANGE WITHSCORES, LRANGE or GET give them."""

    name: str
    kind: str
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The user's keys at `taken_ms` (ms since the epoch); keys that did not exist are not listed."""

    taken_ms: int
    stored: tuple[StoredKey, ...]

    def hash(self, name: str) -> dict[str, str]:
        """Return the hash of that name; empty where there was none."""
        return next((pairs(stored.elements) for stored in self.stored if stored.name == name), {})


def snapshot_read(user_id: str, *, also: tuple[str, ...] = ()) -> Read:
    """Return the read whose reply `snapshot_from` understands: the user's keys, and `also` those of a conversation."""
    of_user = (keys.erased(user_id), *keys.of_user(user_id))
    return Read(user_id, "redis_models.snapshot.1", tuple(dict.fromkeys(of_user + also)), (str(ELEMENTS_AT_MOST),))


def snapshot_from(question: Read, reply: list[Any], *, taken_ms: int) -> Snapshot | None:
    """Return the snapshot, or None where the user's data is too large for one: an incomplete one is never used."""
    completeness, *entries = reply
    if completeness != "complete":
        return None
    stored = [
        StoredKey(name, kind, tuple(elements))
        for name, (kind, *elements) in zip(question.keys, entries, strict=True)
        if kind != "none"
    ]
    return Snapshot(taken_ms=taken_ms, stored=tuple(stored))
