"""Keys and their values, with the types of Redis; a key may expire."""

import math
from collections.abc import ItemsView
from typing import TypeVar

from redis_models.offline.local_redis.sorted_set import SortedSet

Hash = dict[bytes, bytes]
Value = bytes | Hash | list[bytes] | set[bytes] | SortedSet
V = TypeVar("V", bytes, Hash, list[bytes], set[bytes], SortedSet)
_KINDS = {bytes: "string", dict: "hash", list: "list", set: "set", SortedSet: "zset"}


class CommandError(Exception):
    """A command failed; the text is that of Redis."""


class Keyspace:
    """The keys of one Redis. `now_us` is the time (us since the epoch) of the current script."""

    def __init__(self) -> None:
        self.now_us = 0
        self._values: dict[bytes, Value] = {}
        self._ends_us: dict[bytes, float] = {}

    def __len__(self) -> int:
        return len(self._values)

    def items(self) -> ItemsView[bytes, Value]:
        """Return the keys with their values."""
        return self._values.items()

    def get(self, key: bytes, kind: type[V]) -> V | None:
        """Return the key's value; None if there is none. Raises CommandError if it is of another kind."""
        value = self._values.get(key) if self.exists(key) else None
        if value is None or isinstance(value, kind):
            return value
        raise CommandError("WRONGTYPE Operation against a key holding the wrong kind of value")

    def made(self, key: bytes, kind: type[V]) -> V:
        """Return the key's value, creating an empty one if there is none; raises CommandError as `get` does."""
        found = self.get(key, kind)
        if found is None:
            found = self._values[key] = kind()
        return found

    def exists(self, key: bytes) -> bool:
        """Return whether the key exists and has not expired."""
        if self._ends_us.get(key, math.inf) <= self.now_us:
            self.remove(key)
        return key in self._values

    def kind_of(self, key: bytes) -> str:
        """Return the kind of the key's value as TYPE names it; `none` if there is none."""
        return _KINDS[type(self._values[key])] if self.exists(key) else "none"

    def put(self, key: bytes, value: Value) -> None:
        """Set the key's value; it does not expire."""
        self._values[key] = value
        self._ends_us.pop(key, None)

    def remove(self, key: bytes) -> bool:
        """Remove the key; return whether it existed."""
        self._ends_us.pop(key, None)
        return self._values.pop(key, None) is not None

    def end_in(self, key: bytes, ms: int) -> bool:
        """Let the key expire after `ms`; return whether it exists."""
        if not self.exists(key):
            return False
        self._ends_us[key] = self.now_us + ms * 1000
        return True
