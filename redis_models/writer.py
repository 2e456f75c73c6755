"""`submit`: the one way in for a change. `drain` is the other caller of the scripts that writes name."""

import logging
from dataclasses import replace

from django.conf import settings

from redis_models import gateway, health, noted, reader, shadow
from redis_models.budget import seconds_left
from redis_models.errors import JournalUnavailable, RedisModelError, RedisReadOnly, RedisUnavailable
from redis_models.journal import journal
from redis_models.journal.clock import now_ms
from redis_models.parts import parts_of
from redis_models.write import REFUSED, Durability, Outcome, Receipt, Write

GRACE_S = 5.0
LONGEST_S = 300.0
AHEAD_AT_MOST_MS = 30_000
"""Less than what the scripts allow (60 s), so that a write means the same time whenever it is applied again."""

_log = logging.getLogger(__name__)


def submit(write: Write) -> Receipt:
    """Apply the write, or keep it in the journal where Redis could not be reached or its reply was lost.

    In mode `ahead` the journal has it first. What is known to be refused (GONE, CONFLICT) is refused also while Redis
    is away. Raises RedisUnavailable for a write that is not deferrable, JournalUnavailable where neither Redis nor the
    journal takes it, and ScriptFailed.
    """
    write = write.not_after(health.now_ms() + AHEAD_AT_MOST_MS)
    if not write.deferrable:
        return replace(gateway.apply(write), durability=_durability(0))
    away = health.breaker_for(write.keys).refusal()
    if away is not None:
        journal().rows.refuse_taken(write)  # of a thousand who want one email, nearly all need nothing more
        return _kept(write, None, away)
    refusal = _refused_by_what_waits(write)
    if refusal is not None:
        return refusal
    row_id = _begun(write) if settings.AIRA_JOURNAL == "ahead" else None
    try:
        receipt = gateway.apply(write)
    except RedisUnavailable as error:
        return _kept(write, row_id, error)
    except RedisModelError:
        _drop(row_id)
        raise
    return _settled(write, row_id, receipt)


def _refused_by_what_waits(write: Write) -> Receipt | None:
    """Return the refusal that a waiting write means for this one, of which Redis, just back, does not know yet."""
    if not health.current().is_healthy or not reader.pending_ids(write.user_id):
        return None
    found = reader.shadow_of(write.user_id, parts_of(write.user_id, write.keys), is_reachable=True)
    judgement = found.judge(write)
    return judgement if judgement.outcome in REFUSED else None


def _begun(write: Write) -> int | None:
    """Return the id of the write's row; None where the journal takes none: Redis may still take the write."""
    deadline_ms = now_ms() + round((seconds_left(LONGEST_S) + GRACE_S) * 1000)
    try:
        return journal().rows.begin(write, deadline_ms=deadline_ms)
    except JournalUnavailable as error:
        _log.error("Writes go to Redis without the journal. reason=%s", error)
        return None


def _settled(write: Write, row_id: int | None, receipt: Receipt) -> Receipt:
    if receipt.outcome in REFUSED:
        _drop(row_id)
    elif row_id is not None:
        journal().rows.applied(row_id)
    else:
        noted.note_written(write.user_id, write.keys)
    return replace(receipt, durability=_durability(row_id))


def _durability(row_id: int | None) -> Durability:
    if settings.AIRA_JOURNAL == "memory":
        return Durability.MEMORY
    return Durability.SERVER if settings.AIRA_JOURNAL == "ahead" and row_id is None else Durability.JOURNAL


def _drop(row_id: int | None) -> None:
    if row_id is not None:
        journal().rows.drop(row_id)


def _kept(write: Write, row_id: int | None, error: RedisUnavailable) -> Receipt:
    parts = parts_of(write.user_id, write.keys)
    answers_reads = isinstance(error, RedisReadOnly)
    found = reader.shadow_of(write.user_id, parts, is_reachable=answers_reads, but_row=row_id)
    judgement = found.judge(write)
    if judgement.outcome in REFUSED:
        _drop(row_id)
        return judgement
    try:
        found.rows.add(journal().rows.keep(write, row_id=row_id))
    except RedisModelError:
        _drop(row_id)
        shadow.forget(write.user_id)
        raise
    return Receipt(Outcome.JOURNALED, judgement.reply, _durability(0))
