"""The commands on sorted sets that the scripts use. Source: the command reference of Redis."""

from redis_models.offline.local_redis.keyspace import Keyspace
from redis_models.offline.local_redis.reply import Reply
from redis_models.offline.local_redis.sorted_set import Entry, SortedSet, written


def _sorted(keys: Keyspace, key: bytes) -> SortedSet:
    return keys.get(key, SortedSet) or SortedSet()


def _zadd(keys: Keyspace, key: bytes, *args: bytes) -> Reply:
    """Add members; at most one option: NX (never change a score) or LT (only lower a score)."""
    option, *pairs = args if len(args) % 2 else (b"", *args)
    scores = list(map(float, pairs[::2]))
    found = keys.made(key, SortedSet)
    added = 0
    for score, member in zip(scores, pairs[1::2], strict=True):
        had = found.score(member)
        if had is None or not option or (option == b"LT" and score < had):
            added += found.add(member, score)
    return added


def _zscore(keys: Keyspace, key: bytes, member: bytes) -> Reply:
    score = _sorted(keys, key).score(member)
    return None if score is None else written(score)


def _zcard(keys: Keyspace, key: bytes) -> Reply:
    return len(_sorted(keys, key))


def _zcount(keys: Keyspace, key: bytes, lowest: bytes, highest: bytes) -> Reply:
    return len(_sorted(keys, key).by_score(lowest, highest))


def _zrevrank(keys: Keyspace, key: bytes, member: bytes) -> Reply:
    found = _sorted(keys, key)
    rank = found.rank(member)
    return None if rank is None else len(found) - 1 - rank


def _zrem(keys: Keyspace, key: bytes, *members: bytes) -> Reply:
    found = _sorted(keys, key)
    removed = sum(map(found.remove, members))
    if not len(found):
        keys.remove(key)
    return removed


def _zremrangebyscore(keys: Keyspace, key: bytes, lowest: bytes, highest: bytes) -> Reply:
    return _zrem(keys, key, *(member for _, member in _sorted(keys, key).by_score(lowest, highest)))


def _shown(entries: list[Entry], options: tuple[bytes, ...]) -> Reply:
    """Return the members as the options WITHSCORES and LIMIT say."""
    if b"LIMIT" in options:
        at = options.index(b"LIMIT")
        first, most = int(options[at + 1]), int(options[at + 2])
        entries = entries[first : first + most]
    return SortedSet.with_scores(entries) if b"WITHSCORES" in options else [member for _, member in entries]


def _zrange(keys: Keyspace, key: bytes, first: bytes, last: bytes, *options: bytes) -> Reply:
    return _shown(_sorted(keys, key).between(int(first), int(last)), options)


def _zrevrange(keys: Keyspace, key: bytes, first: bytes, last: bytes, *options: bytes) -> Reply:
    return _shown(_sorted(keys, key).between(-1 - int(last), -1 - int(first))[::-1], options)


def _zrangebyscore(keys: Keyspace, key: bytes, lowest: bytes, highest: bytes, *options: bytes) -> Reply:
    return _shown(_sorted(keys, key).by_score(lowest, highest), options)


def _zrevrangebyscore(keys: Keyspace, key: bytes, highest: bytes, lowest: bytes, *options: bytes) -> Reply:
    return _shown(_sorted(keys, key).by_score(lowest, highest)[::-1], options)


FUNCTIONS = (
    *(_zadd, _zscore, _zcard, _zcount, _zrevrank, _zrem, _zremrangebyscore),
    *(_zrange, _zrevrange, _zrangebyscore, _zrevrangebyscore),
)
