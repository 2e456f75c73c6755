"""Read a database key by key, to import data of older servers. Never writes."""

from collections.abc import Iterator
from typing import Any

from redis import exceptions

from redis_models.connection.factory import probe_client
from redis_models.endpoint import Endpoint
from redis_models.errors import RedisUnavailable


class Source:
    """A database to read from. Nothing is retried: an import that failed continues when it is run again."""

    def __init__(self, endpoint: Endpoint, *, timeout_s: float) -> None:
        self._client: Any = probe_client(endpoint, timeout_s=timeout_s)

    def keys(self, pattern: str) -> Iterator[str]:
        """Yield the keys that match the glob pattern, in no order and possibly twice; raises RedisUnavailable."""
        try:
            yield from self._client.scan_iter(match=pattern, count=1000)
        except exceptions.RedisError as error:
            raise _away(error) from error

    def hash(self, key: str) -> dict[str, str]:
        """Return the hash; empty if there is none."""
        return dict(self._read("hash", key, "hgetall") or {})

    def text(self, key: str) -> str | None:
        """Return the string; None if there is none."""
        found = self._read("string", key, "get")
        return None if found is None else str(found)

    def members(self, key: str) -> set[str]:
        """Return the set; empty if there is none."""
        return set(self._read("set", key, "smembers") or ())

    def scored(self, key: str) -> list[tuple[str, float]]:
        """Return the zset's members with their scores, ascending."""
        return list(self._read("zset", key, "zrange", 0, -1, withscores=True) or ())

    def _read(self, kind: str, key: str, command: str, *args: Any, **options: Any) -> Any:
        """Return the command's reply; None if the key has another type. Raises RedisUnavailable."""
        try:
            if self._client.type(key) != kind:
                return None
            return getattr(self._client, command)(key, *args, **options)
        except exceptions.RedisError as error:
            raise _away(error) from error


def _away(error: Exception) -> RedisUnavailable:
    return RedisUnavailable(f"The source database does not answer ({type(error).__name__}).")
