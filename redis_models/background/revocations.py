"""What was revoked, in the memory of each process: a request looks it up there and asks nothing of Redis.

A thread of its own reads what is new every 0.5 s: on the host's disk, which another process or an outage may have
filled, and in Redis. A process whose list is older than 2 s (it was frozen, or runs no threads) reads it in the request
itself. Times are compared only with those of the same clock: the order in Redis is that of the server's clock, and an
age is measured by the process's own. Memory keeps 20 minutes; disk and Redis keep 30 days.
"""

import logging
from collections.abc import Sequence

from django.conf import settings

from redis_models import gateway
from redis_models.background import revoked_list
from redis_models.background.revoked_list import MEMORY_MS, NEVER, RevokedList
from redis_models.budget import budget
from redis_models.errors import JournalUnavailable, RedisUnavailable
from redis_models.health import clock, registry
from redis_models.host import state as host_state
from redis_models.journal import clock as journal_clock
from redis_models.journal import journal
from redis_models.journal.revocations.ended import Revocation
from redis_models.operations.read import Read
from redis_models.operations.write import NOBODY
from redis_models.periodic import Periodic
from redis_models.schema import erasure_keys

INTERVAL_S = 0.5
STALE_AFTER_S = 2.0
PAUSE_AFTER_FAILURE_S = 0.5
READING_BUDGET_S = 0.5
MARGIN_US = 60_000_000
"""What was told in this time before the last reading is read again: the clock of a new primary may be behind."""
AT_ONCE = 5_000

_log = logging.getLogger(__name__)


def until_ms(name: str) -> int:
    """Return the time (ms) up to which the name is revoked, if it was in the last 20 minutes; else 0.

    It asks Redis nothing if the list was read within 2 s, or if Redis is away.
    """
    known = host_state(RevokedList)
    if not known.in_redis.is_within(STALE_AFTER_S):
        _catch_up(known)
    return known.until_ms.get(name, 0)


def until_ms_in_30_days(name: str) -> int:
    """Return the time (ms) up to which the name is revoked, if this host knows of it from the last 30 days; else 0."""
    found = until_ms(name)
    try:
        return max(found, journal().ended.until_ms(name))
    except JournalUnavailable as error:
        _log.error("Only revocations of the last 20 minutes are known. reason=%s", error)
        return found


def hold(name: str, *, at: int) -> None:
    """Revoke the name on this host, up to `at` (ms): in this process at once, in the others when they read the disk."""
    held = Revocation(name, at)
    host_state(RevokedList).learn(held)
    _keep([held])


def read() -> None:
    """Read what is new on the disk and in Redis; the thread's step."""
    known = host_state(RevokedList)
    with known.reading:
        _read(known)


def _catch_up(known: RevokedList) -> None:
    """Read the list in a request: once for all requests that wait for it, and not if Redis is known to be away."""
    if _is_away() and known.on_disk.is_within(STALE_AFTER_S):
        return
    with known.reading:
        is_fresh = known.in_redis.is_within(STALE_AFTER_S)
        if not is_fresh and not known.failed.is_within(PAUSE_AFTER_FAILURE_S):
            _read(known)


def _is_away() -> bool:
    return not registry.breaker_for(erasure_keys.revoked()).health.is_reachable


def _read(known: RevokedList) -> None:
    begun = revoked_list.moment()
    known.forget_old()
    try:
        _read_disk(known)
    except JournalUnavailable as error:
        _log.error("Revocations on the disk cannot be read. reason=%s", error)
    known.on_disk = begun
    try:
        with budget(READING_BUDGET_S):
            _read_redis(known)
    except RedisUnavailable as error:
        known.failed = begun
        _log.debug("Revocations in Redis cannot be read. reason=%s", error)
    else:
        known.in_redis = begun


def _read_disk(known: RevokedList) -> None:
    kept, is_first = journal().ended, known.on_disk is NEVER
    if is_first:
        known.since_us = _first_us(kept.last_told_us())
    learned_since_ms = journal_clock.now_ms() - MEMORY_MS if is_first else 0
    for entry in kept.since(known.last_id, learned_since_ms=learned_since_ms):
        known.last_id = entry.id
        known.learn(entry.revocation)


def _first_us(last_told_us: int) -> int:
    """Return from when on a new process reads: 30 days, or 20 minutes if no disk keeps what is older."""
    if settings.AIRA_JOURNAL == "memory":
        return (clock.now_ms() - MEMORY_MS) * 1000
    return last_told_us


def _read_redis(known: RevokedList) -> None:
    now_us, found = _found(known)
    new = [each for each in found if each not in known.seen]
    _keep(new)
    for each in new:
        if each.told_us > now_us - MEMORY_MS * 1000:
            known.learn(each)
    known.since_us, known.seen = now_us, frozenset(found)


def _found(known: RevokedList) -> tuple[int, Sequence[Revocation]]:
    """Return the server's time (us), and what was told since the last reading and in the minute before it."""
    since_us, found = known.since_us - MARGIN_US, list[Revocation]()
    while True:
        now_us, page = _page(since_us)
        if now_us < known.since_us - MARGIN_US:  # another server, whose clock is far behind: its order is another one
            known.since_us = since_us = 0
            continue
        found += page
        if len(page) < AT_ONCE:
            return now_us, found
        since_us = page[-1].told_us


def _page(since_us: int) -> tuple[int, Sequence[Revocation]]:
    args = (str(max(since_us, 0)), str(AT_ONCE))
    now_us, *rest = gateway.read(Read(NOBODY, "redis_models.revoked.1", erasure_keys.revoked(), args))
    names, told_us, until = rest[::3], map(int, rest[1::3]), map(int, rest[2::3])
    return int(now_us), [Revocation(*each) for each in zip(names, until, told_us, strict=True)]


def _keep(found: Sequence[Revocation]) -> None:
    try:
        journal().ended.keep(found)
    except JournalUnavailable as error:
        _log.error("Revocations are known to one process only. reason=%s", error)


reader = Periodic("revocations", interval_s=INTERVAL_S, step=read)
