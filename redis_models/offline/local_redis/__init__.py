"""An in-process Redis that runs the same scripts as the server; shadows and the fallback use it.

It has only the commands that the scripts use, no persistence and no protocol. A save takes a sixth of the time that it
takes in a general in-process Redis (docs/decisions/0009).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from redis_models.offline.local_redis.interpreter import interpreter
from redis_models.offline.local_redis.keyspace import Keyspace, Value
from redis_models.offline.local_redis.sorted_set import SortedSet
from redis_models.operations.scripts import Script, script


class LocalRedis:
    """A Redis, empty at first, with the clock `now_ms` (ms since the epoch). A process runs one script at a time."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._keyspace = Keyspace()
        self._now_ms = now_ms

    def __len__(self) -> int:
        return len(self._keyspace)

    def clear(self) -> None:
        """Remove all keys."""
        self._keyspace = Keyspace()

    def run(self, name: str, keys: Sequence[str], args: Sequence[str]) -> Any:
        """Run the script of that name and return its reply as a client would get it, with decoded strings.

        Raises ScriptFailed.
        """
        return self.run_script(script(name), keys, args)

    def run_script(self, found: Script, keys: Sequence[str], args: Sequence[str]) -> Any:
        """Run the script and return its reply, as `run` does."""
        return interpreter().run(found, keys, args, self._keyspace, now_us=self._now_ms() * 1000)

    def load(self, name: str, kind: str, elements: Sequence[str]) -> None:
        """Set a key; `elements` are in the form of HGETALL, SMEMBERS, ZRANGE WITHSCORES, LRANGE or GET."""
        self.restore(name.encode(), kind, [element.encode() for element in elements])

    def stored(self) -> Iterable[tuple[str, str, list[str]]]:
        """Yield the name, kind and elements of each key, as `load` takes them."""
        for name, kind, elements in self.dumped():
            yield name.decode(), kind, [text.decode() for text in elements]

    def restore(self, name: bytes, kind: str, elements: list[bytes]) -> None:
        """Set a key, as `dumped` yields it."""
        self._keyspace.put(name, _value(kind, elements))

    def dumped(self) -> Iterable[tuple[bytes, str, list[bytes]]]:
        """Yield the name, kind and elements of each key, as `restore` takes them; none of them expires then."""
        for name, value in self._keyspace.items():
            yield name, self._keyspace.kind_of(name), _elements(value)


def _value(kind: str, elements: list[bytes]) -> Value:
    match kind:
        case "hash":
            return dict(zip(elements[::2], elements[1::2], strict=True))
        case "zset":
            return SortedSet(zip(elements[::2], map(float, elements[1::2]), strict=True))
        case "set":
            return set(elements)
        case "list":
            return elements
        case _:
            return elements[0]


def _elements(value: Value) -> list[bytes]:
    match value:
        case dict():
            return [text for pair in value.items() for text in pair]
        case SortedSet():
            return value.with_scores(value.between(0, -1))
        case bytes():
            return [value]
        case _:
            return list(value)
