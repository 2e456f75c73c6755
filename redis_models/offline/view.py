"""A user's snapshots and waiting writes, and the shadow made from them."""

import logging
from collections.abc import Sequence

from redis_models import gateway
from redis_models.errors import JournalUnavailable, RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.journal import View, journal
from redis_models.offline import shadow
from redis_models.offline.shadow import Shadow
from redis_models.schema.snapshot import Snapshot, snapshot_from, snapshot_read

_log = logging.getLogger(__name__)
_NOTHING = View({}, (), ())


def shadow_of(user_id: str, parts: Sequence[str], *, is_reachable: bool, except_row: int | None = None) -> Shadow:
    """Return a shadow of these parts of the user's data, with the user's waiting writes applied.

    If Redis is reachable, the shadow starts from a fresh snapshot, else from the last kept one. Writes that Redis took
    after a kept snapshot are still in the journal and are applied as well. The rows are listed before the snapshot is
    read, so a row that leaves the journal in between is in the snapshot. `except_row` is the row of the write that the
    caller is about to judge, if it has one.
    """
    view = view_of(user_id)
    fresh = _fresh_or_none(user_id, parts) if is_reachable else None
    if fresh is not None:
        return _caught_up(Shadow(fresh), view.pending, except_row=except_row)
    found = shadow.kept(user_id, parts, view=view, load=lambda names: kept_snapshot(user_id, names))
    return _caught_up(found, view.shown, except_row=except_row)


def _caught_up(found: Shadow, waiting: Sequence[int], *, except_row: int | None) -> Shadow:
    try:
        found.catch_up([row_id for row_id in waiting if row_id != except_row], journal().rows.by_id)
    except JournalUnavailable as error:
        _log.error("%s", error)
    return found


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


def kept_snapshot(user_id: str, parts: Sequence[str]) -> Snapshot | None:
    """Return the last kept snapshot; None if there is none or the journal cannot be read."""
    try:
        return journal().snapshots.get(user_id, parts)
    except JournalUnavailable:
        return None


def view_of(user_id: str) -> View:
    """Return which snapshots and rows the journal keeps of the user; none if it cannot be read."""
    try:
        return journal().snapshots.view(user_id)
    except JournalUnavailable as error:
        _log.error("%s", error)
        return _NOTHING


def pending_ids(user_id: str) -> list[int]:
    """Return the ids of the user's pending rows; empty if the journal cannot be read."""
    try:
        return journal().rows.pending_ids(user_id)
    except JournalUnavailable as error:
        _log.error("%s", error)
        return []
