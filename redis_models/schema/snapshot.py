"""Snapshots: a user's keys at one moment, from which the user's reads can be answered without Redis.

A snapshot consists of parts: the user's own keys, and those of single conversations (see `parts_of`). A part is
complete or missing, because a write's script must not check incomplete data.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis_models.operations.read import Read
from redis_models.schema.model import pairs
from redis_models.schema.parts import OWN_PART, keys_of_part

ELEMENTS_AT_MOST = 50_000


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One key: name, Redis type, and elements in the form of HGETALL, SMEMBERS, ZRANGE WITHSCORES, LRANGE or GET."""

    name: str
    kind: str
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The keys of a part at `taken_ms` (ms since the epoch), without keys that did not exist."""

    name: str
    taken_ms: int
    stored: tuple[StoredKey, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Some parts of one user's data, always including the user's own keys."""

    parts: tuple[Part, ...]

    @property
    def as_of_ms(self) -> int:
        """Return when the oldest part was taken."""
        return min(part.taken_ms for part in self.parts)

    @property
    def stored(self) -> Iterator[StoredKey]:
        """Yield all keys of all parts."""
        for part in self.parts:
            yield from part.stored

    def only(self, names: Sequence[str]) -> "Snapshot":
        """Return the snapshot restricted to the parts in `names`."""
        return Snapshot(tuple(part for part in self.parts if part.name in names))

    def hash(self, name: str) -> dict[str, str]:
        """Return the hash at the key `name`; empty if there was none."""
        return next((pairs(stored.elements) for stored in self.stored if stored.name == name), {})


def snapshot_read(user_id: str, parts: Sequence[str] = (OWN_PART,)) -> Read:
    """Return the read of these parts; `snapshot_from` takes its reply."""
    names = tuple(key for part in parts for key in keys_of_part(user_id, part))
    return Read(user_id, "redis_models.snapshot.1", names, (str(ELEMENTS_AT_MOST),))


def snapshot_from(user_id: str, parts: Sequence[str], reply: list[Any], *, taken_ms: int) -> Snapshot | None:
    """Return the snapshot; None if the data is too large, since an incomplete snapshot is never used."""
    completeness, *entries = reply
    if completeness != "complete":
        return None
    left = iter(entries)
    return Snapshot(tuple(Part(part, taken_ms, tuple(_stored(user_id, part, left))) for part in parts))


def _stored(user_id: str, part: str, entries: Iterator[list[str]]) -> Iterator[StoredKey]:
    for name in keys_of_part(user_id, part):
        kind, *elements = next(entries)
        if kind != "none":
            yield StoredKey(name, kind, tuple(elements))
