"""Reads that always answer: live from Redis, else from the shadow, and the answer says which."""

import logging
from dataclasses import dataclass
from typing import Any

from redis_models import gateway, health, noted, shadow
from redis_models.errors import JournalUnavailable, RedisUnavailable
from redis_models.journal import journal
from redis_models.snapshot import Snapshot, snapshot_from, snapshot_read
from redis_models.write import Read

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """A script's reply and how far it can be trusted.

    A live one comes from Redis. Another one comes from `snapshot` (None: nothing was known) with the user's `pending`
    waiting writes on top.
    """

    reply: Any
    is_live: bool
    snapshot: Snapshot | None = None
    pending: int = 0

    @property
    def as_of_ms(self) -> int | None:
        """Return when what the answer rests on was read (ms since the epoch); None where nothing was known."""
        return self.snapshot.taken_ms if self.snapshot else None

    @property
    def is_founded(self) -> bool:
        """Return whether the answer rests on anything that was once read or written."""
        return self.is_live or self.snapshot is not None or self.pending > 0


def answer(question: Read) -> Answer:
    """Run the read on Redis; where that is away, or the user has writes waiting, on the user's shadow."""
    waiting = ids_waiting(question.user_id)
    if waiting:
        return _shadow_answer(question, waiting, known_snapshot(question.user_id, also=question.keys))
    try:
        reply = gateway.read(question)
    except RedisUnavailable:
        return _shadow_answer(question, waiting, kept_snapshot(question.user_id))
    noted.note(question.user_id)
    return Answer(reply=reply, is_live=True)


def _shadow_answer(question: Read, waiting: list[int], snapshot: Snapshot | None) -> Answer:
    user_shadow = shadow.shadow_of(question.user_id, snapshot=snapshot, waiting=waiting)
    return Answer(reply=user_shadow.answer(question), is_live=False, snapshot=snapshot, pending=len(waiting))


def known_snapshot(user_id: str, *, also: tuple[str, ...] = ()) -> Snapshot | None:
    """Return a fresh snapshot (holding `also` further keys) where Redis answers, else the last one kept."""
    try:
        return fresh_snapshot(user_id, also=also)
    except RedisUnavailable:
        return kept_snapshot(user_id)


def fresh_snapshot(user_id: str, *, also: tuple[str, ...] = ()) -> Snapshot | None:
    """Read the user's snapshot from Redis; None where it is too large. Raises RedisUnavailable."""
    taken_ms = health.now_ms()
    question = snapshot_read(user_id, also=also)
    return snapshot_from(question, gateway.read(question), taken_ms=taken_ms)


def kept_snapshot(user_id: str) -> Snapshot | None:
    """Return the last snapshot kept; None where there is none or the journal cannot be read."""
    try:
        return journal().snapshot(user_id)
    except JournalUnavailable:
        return None


def ids_waiting(user_id: str) -> list[int]:
    """Return the ids of the user's waiting rows, oldest first; none where the journal cannot be read."""
    try:
        return journal().ids_waiting(user_id)
    except JournalUnavailable as error:
        _log.error("%s", error)
        return []
