"""A user's snapshots and waiting writes, and the shadow made from them."""

import logging
from collections.abc import Sequence

from redis_models import gateway
from redis_models.errors import JournalUnavailable, RedisUnavailable
from redis_models.health import registry
from redis_models.health.clock import now_ms
from redis_models.journal import State, journal
from redis_models.offline import kept_shadows
from redis_models.offline.shadow import Shadow
from redis_models.schema import keys
from redis_models.schema.parts import keys_of_part
from redis_models.schema.snapshot import Snapshot, snapshot_from, snapshot_read

_log = logging.getLogger(__name__)


def shadow_of(user_id: str, parts: Sequence[str], *, is_reachable: bool, except_row: int | None = None) -> Shadow:
    """Return a shadow of these parts of the user's data, with the user's waiting writes applied.

    If Redis is reachable, the shadow starts from a fresh snapshot, else from the last kept one. Writes that Redis took
    after a kept snapshot are still in the journal and are applied as well. The rows are listed before the snapshot is
    read, so a row that leaves the journal in between is in the snapshot. `except_row` is the row of the write that the
    caller is about to judge, if it has one.
    """
    try:
        fresh = _fresh_shadow(user_id, parts, except_row=except_row) if is_reachable else None
        return fresh or kept_shadows.kept(user_id, parts, except_row=except_row)
    except JournalUnavailable as error:
        _log.error("%s", error)
        return Shadow(None)


def _fresh_shadow(user_id: str, parts: Sequence[str], *, except_row: int | None) -> Shadow | None:
    """Return a shadow made from a fresh snapshot; None if there is none.

    Keys on another server, which a step of a write needs, are in no snapshot.
    """
    breaker = registry.breaker_for([keys.profile(user_id)])
    if breaker.is_monitored and not breaker.health.is_reachable:
        return None
    rows = journal().rows
    waiting = [row_id for row_id in rows.pending_ids(user_id) if row_id != except_row]
    fresh = _fresh_or_none(user_id, [part for part in parts if _is_beside(user_id, part)])
    if fresh is None:
        return None
    found = Shadow(fresh)
    found.apply(rows.by_id(waiting), dict.fromkeys(waiting, State.PENDING))
    return found


def _is_beside(user_id: str, part: str) -> bool:
    return keys.share_a_server(keys.profile(user_id), *keys_of_part(user_id, part))


def _fresh_or_none(user_id: str, parts: Sequence[str]) -> Snapshot | None:
    try:
        return fresh_snapshot(user_id, parts)
    except RedisUnavailable:
        return None


def fresh_snapshot(user_id: str, parts: Sequence[str]) -> Snapshot | None:
    """Read parts of the user's data from Redis; None if they are too large. Raises RedisUnavailable."""
    taken_ms = now_ms()
    reply = gateway.read(snapshot_read(user_id, parts))
    return snapshot_from(user_id, parts, reply, taken_ms=taken_ms)


def pending(user_id: str) -> int:
    """Return the number of the user's pending rows; 0 if the journal cannot be read."""
    try:
        return journal().folds.pending(user_id)
    except JournalUnavailable as error:
        _log.error("%s", error)
        return 0
