"""The commands and options that the scripts use. Source: the command reference of Redis."""

from collections.abc import Callable
from itertools import islice
from typing import Final

from redis_models.offline.local_redis import sorted_set_commands
from redis_models.offline.local_redis.keyspace import CommandError, Keyspace
from redis_models.offline.local_redis.reply import OK, Reply, Status


def _time(keys: Keyspace) -> Reply:
    return [b"%d" % part for part in divmod(keys.now_us, 1_000_000)]


def _get(keys: Keyspace, key: bytes) -> Reply:
    return keys.get(key, bytes)


def _set(keys: Keyspace, key: bytes, value: bytes, *options: bytes) -> Reply:
    if b"NX" in options and keys.exists(key):
        return None
    keys.put(key, value)
    if b"PX" in options:
        keys.end_in(key, int(options[options.index(b"PX") + 1]))
    return OK


def _setnx(keys: Keyspace, key: bytes, value: bytes) -> Reply:
    return int(_set(keys, key, value, b"NX") is not None)


def _exists(keys: Keyspace, *names: bytes) -> Reply:
    return sum(map(keys.exists, names))


def _type(keys: Keyspace, key: bytes) -> Reply:
    return Status(keys.kind_of(key).encode())


def _del(keys: Keyspace, *names: bytes) -> Reply:
    return sum(keys.exists(key) and keys.remove(key) for key in names)


def _pexpire(keys: Keyspace, key: bytes, ms: bytes) -> Reply:
    return int(keys.end_in(key, int(ms)))


def _hset(keys: Keyspace, key: bytes, *pairs: bytes) -> Reply:
    if not pairs:
        raise CommandError("ERR wrong number of arguments for 'hset' command")
    given = dict(zip(pairs[::2], pairs[1::2], strict=True))
    found = keys.made(key, dict)
    before = len(found)
    found.update(given)
    return len(found) - before


def _hsetnx(keys: Keyspace, key: bytes, field: bytes, value: bytes) -> Reply:
    found = keys.made(key, dict)
    is_new = field not in found
    found.setdefault(field, value)
    return int(is_new)


def _hget(keys: Keyspace, key: bytes, field: bytes) -> Reply:
    return (keys.get(key, dict) or {}).get(field)


def _hmget(keys: Keyspace, key: bytes, *fields: bytes) -> Reply:
    return [*map((keys.get(key, dict) or {}).get, fields)]


def _hgetall(keys: Keyspace, key: bytes) -> Reply:
    return [text for pair in (keys.get(key, dict) or {}).items() for text in pair]


def _hkeys(keys: Keyspace, key: bytes) -> Reply:
    return list(keys.get(key, dict) or {})


def _hexists(keys: Keyspace, key: bytes, field: bytes) -> Reply:
    return int(field in (keys.get(key, dict) or {}))


def _hlen(keys: Keyspace, key: bytes) -> Reply:
    return len(keys.get(key, dict) or {})


def _hdel(keys: Keyspace, key: bytes, *fields: bytes) -> Reply:
    found = keys.get(key, dict) or {}
    removed = sum(found.pop(field, None) is not None for field in fields)
    if not found:
        keys.remove(key)
    return removed


def _sadd(keys: Keyspace, key: bytes, *members: bytes) -> Reply:
    found = keys.made(key, set)
    before = len(found)
    found.update(members)
    return len(found) - before


def _smembers(keys: Keyspace, key: bytes) -> Reply:
    return list(keys.get(key, set) or ())


def _rpush(keys: Keyspace, key: bytes, *elements: bytes) -> Reply:
    found = keys.made(key, list)
    found.extend(elements)
    return len(found)


def _llen(keys: Keyspace, key: bytes) -> Reply:
    return len(keys.get(key, list) or ())


def _lrange(keys: Keyspace, key: bytes, first: bytes, last: bytes) -> Reply:
    found = keys.get(key, list) or []
    begin, end = (int(place) + len(found) if int(place) < 0 else int(place) for place in (first, last))
    return list(islice(found, max(0, begin), max(0, end + 1)))


_FUNCTIONS: tuple[Callable[..., Reply], ...] = (
    *(_time, _get, _set, _setnx, _exists, _type, _del, _pexpire),
    *(_hset, _hsetnx, _hget, _hmget, _hgetall, _hkeys, _hexists, _hlen, _hdel),
    *(_sadd, _smembers, _rpush, _llen, _lrange),
    *sorted_set_commands.FUNCTIONS,
)
COMMANDS: Final[dict[bytes, Callable[..., Reply]]] = {
    b"UNLINK": _del,
    **{function.__name__[1:].upper().encode(): function for function in _FUNCTIONS},
}
"""The commands by name."""
