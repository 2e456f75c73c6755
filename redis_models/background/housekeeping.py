"""Housekeeping while Redis is healthy: drain the journal, renew snapshots, process erasures of other hosts."""

import logging
import math
import time
from collections.abc import Callable, Sequence

from redis_models.background import erasures
from redis_models.budget import budget
from redis_models.errors import JournalUnavailable, RedisUnavailable, WrongDatabase
from redis_models.health import database_mark, registry
from redis_models.host import state
from redis_models.journal import Journal, journal
from redis_models.offline import due, view
from redis_models.periodic import Periodic
from redis_models.replay import drain
from redis_models.schema.snapshot import Snapshot

INTERVAL_S = 0.25
SNAPSHOTS_A_STEP = 50
SNAPSHOTS_BUDGET_S = 2.0
REST_S = 2.0
BACK_OFF_S = 5.0
"""The pause after a drain that could not drop its rows, which would apply them again and again."""

also: list[Callable[[], object]] = []
"""Steps of the floors above, which `threads.start` adds; each raises what `housekeep_once` handles."""

_log = logging.getLogger(__name__)


class DrainInterval:
    """The pause between two drains of applied rows, so that one durability check covers many of them."""

    def __init__(self) -> None:
        self._since_s = self._failed_s = -math.inf

    def begin(self) -> None:
        """Begin the pause."""
        self._since_s = time.monotonic()

    def end(self) -> None:
        """End the pause early."""
        self._since_s = -math.inf

    def is_over(self) -> bool:
        """Return whether the pause is over."""
        return time.monotonic() - self._since_s >= REST_S

    def back_off(self) -> None:
        """Begin the pause that pending rows wait for, too."""
        self._failed_s = time.monotonic()

    def is_backing_off(self) -> bool:
        """Return whether that pause is not over."""
        return time.monotonic() - self._failed_s < BACK_OFF_S


def housekeep_once() -> None:
    """Flush the journal; if a primary is healthy, also drain, renew due snapshots and process erasures."""
    try:
        journal().reserve_space()
        journal().flush()
        if any(breaker.health.is_healthy for breaker in registry.breakers().values()):
            _drain()
            with budget(SNAPSHOTS_BUDGET_S):
                renew_snapshots()
                erasures.look()
                for step in also:
                    step()
    except (RedisUnavailable, WrongDatabase):
        _log.info("Redis is away; pending rows stay in the journal.")
    except JournalUnavailable as error:
        _log.error("%s", error)


def _drain() -> None:
    kept = journal()
    interval = state(DrainInterval)
    if interval.is_backing_off() or not _is_time(kept):
        return
    interval.begin()
    try:
        done = drain.drain()
        dropped = kept.queue.trim()
    except JournalUnavailable:
        interval.back_off()
        _log.error("Rows could not leave the journal; the next drain is in %d s.", BACK_OFF_S)
        raise
    if done.applied or done.dead_letters or done.held_back:
        counts = (done.applied, done.fenced, done.dead_letters, done.dead_letters, done.held_back)
        # "set_aside" is the name in the log of 0.1, kept for one release.
        _log.info("Drained the journal. applied=%d fenced=%d dead_letters=%d set_aside=%d held_back=%d", *counts)
    if dropped:
        _log.error("Applied writes left the journal without a fence, to make room. count=%d", dropped)


def _is_time(kept: Journal) -> bool:
    """Return whether to drain now: at once if a write waits for Redis, else after the pause.

    A drain also has the servers prove that they keep the mark of the database.
    """
    if kept.queue.is_urgent():
        return True
    return state(DrainInterval).is_over() and (kept.queue.is_needed() or not kept.mark.noted().proven_id)


def renew_snapshots() -> None:
    """Keep new snapshots of users that were read or written since; raises RedisUnavailable, JournalUnavailable.

    If a user was forgotten meanwhile, they stay due.
    """
    since = journal().snapshots.forgotten()
    taken = due.taken(SNAPSHOTS_A_STEP)
    snapshots = {user_id: snapshot for user_id, parts in taken.items() if (snapshot := _fresh(user_id, parts))}
    if snapshots:
        database_mark.verify_identity(journal())  # else they could be those of a database that was just emptied
        if not journal().snapshots.keep(snapshots, since=since):
            for user_id in snapshots:
                due.put_back(user_id, taken[user_id])


def _fresh(user_id: str, parts: Sequence[str]) -> Snapshot | None:
    """Return a new snapshot; None if the data is too large, or if the user's primary is away: it then stays due."""
    try:
        return view.fresh_snapshot(user_id, parts)
    except RedisUnavailable:
        _log.info("The primary of a user is away; the snapshot stays due.")
        due.put_back(user_id, parts)
        return None


housekeeper = Periodic("redis-housekeeping", interval_s=INTERVAL_S, step=housekeep_once)
