"""Reads that always answer: live from Redis, else from the shadow, and the answer says which."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis_models import gateway, health, noted, shadow
from redis_models.errors import JournalUnavailable, RedisUnavailable
from redis_models.journal import View, journal
from redis_models.parts import parts_of
from redis_models.shadow import Shadow
from redis_models.snapshot import Snapshot, snapshot_from, snapshot_read
from redis_models.write import Read

_log = logging.getLogger(__name__)
_NOTHING = View({}, (), ())


@dataclass(frozen=True, slots=True)
class Answer:
    """A script's reply and how far it can be trusted.

    A live one comes from Redis. Another one comes from `snapshot` (None: nothing was known) with the user's `pending`
    waiting writes on top. `is_whole` says whether all that the question is about was known; where it is not, the reply
    rests on waiting writes alone.
    """

    reply: Any
    is_live: bool
    snapshot: Snapshot | None = None
    pending: int = 0
    is_whole: bool = True

    @property
    def as_of_ms(self) -> int | None:
        """Return when the answer's snapshot was taken (ms since the epoch); None where nothing was known."""
        return self.snapshot.as_of_ms if self.snapshot else None

    @property
    def is_founded(self) -> bool:
        """Return whether the answer rests on anything that was once read or written."""
        return self.is_live or self.snapshot is not None or self.pending > 0


def answer(question: Read) -> Answer:
    """Run the read on Redis; where that is away, or the user has writes waiting, on the user's shadow."""
    waiting = pending_ids(question.user_id)
    if waiting:
        return _shadow_answer(question, is_reachable=True)
    try:
        reply = gateway.read(question)
    except RedisUnavailable:
        return _shadow_answer(question, is_reachable=False)
    noted.note_read(question.user_id, question.keys)
    return Answer(reply=reply, is_live=True)


def _shadow_answer(question: Read, *, is_reachable: bool) -> Answer:
    parts = parts_of(question.user_id, question.keys)
    found = shadow_of(question.user_id, parts, is_reachable=is_reachable)
    snapshot = found.snapshot.only(parts) if found.snapshot else None
    return Answer(
        reply=found.answer(question),
        is_live=False,
        snapshot=snapshot,
        pending=len(pending_ids(question.user_id)),
        is_whole=snapshot is not None and len(snapshot.parts) == len(parts),
    )


def shadow_of(user_id: str, parts: Sequence[str], *, is_reachable: bool, but_row: int | None = None) -> Shadow:
    """Return a shadow of what is known of these parts of the user's data, with the waiting writes on top.

    `but_row` is the row of a write that is yet to be judged, if it has one.

    Where Redis is reachable the ground is a fresh snapshot, else the last one kept; writes that Redis took after that
    one are still in the journal and are applied to it as well. The rows are listed first: one that leaves the journal
    meanwhile is in the snapshot, which is read later.
    """
    view = _view(user_id)
    fresh = _fresh_or_none(user_id, parts) if is_reachable else None
    if fresh is not None:
        return _caught_up(Shadow(fresh), view.pending, but_row=but_row)
    found = shadow.kept(user_id, parts, view=view, load=lambda names: kept_snapshot(user_id, names))
    return _caught_up(found, view.shown, but_row=but_row)


def _caught_up(found: Shadow, waiting: Sequence[int], *, but_row: int | None) -> Shadow:
    try:
        found.catch_up([row_id for row_id in waiting if row_id != but_row], journal().rows.by_id)
    except JournalUnavailable as error:
        _log.error("%s", error)
    return found


def _fresh_or_none(user_id: str, parts: Sequence[str]) -> Snapshot | None:
    try:
        return fresh_snapshot(user_id, parts)
    except RedisUnavailable:
        return None


def fresh_snapshot(user_id: str, parts: Sequence[str]) -> Snapshot | None:
    """Read parts of the user's data from Redis; None where they are too large. Raises RedisUnavailable."""
    taken_ms = health.now_ms()
    reply = gateway.read(snapshot_read(user_id, parts))
    return snapshot_from(user_id, parts, reply, taken_ms=taken_ms)


def kept_snapshot(user_id: str, parts: Sequence[str]) -> Snapshot | None:
    """Return the last snapshot kept; None where there is none or the journal cannot be read."""
    try:
        return journal().snapshots.get(user_id, parts)
    except JournalUnavailable:
        return None


def _view(user_id: str) -> View:
    try:
        return journal().snapshots.view(user_id)
    except JournalUnavailable as error:
        _log.error("%s", error)
        return _NOTHING


def pending_ids(user_id: str) -> list[int]:
    """Return the ids of the user's waiting writes; none where the journal cannot be read."""
    try:
        return journal().rows.pending_ids(user_id)
    except JournalUnavailable as error:
        _log.error("%s", error)
        return []
