"""`submit`: the only way to make a change. Besides it, only the drain runs the scripts of writes."""

import logging
from contextlib import suppress
from dataclasses import replace

from django.conf import settings

from redis_models import gateway, trace
from redis_models.budget import seconds_left
from redis_models.errors import (
    ClaimApplied,
    Conflict,
    JournalUnavailable,
    RedisModelError,
    RedisReadOnly,
    RedisUnavailable,
    ScriptFailed,
)
from redis_models.health import clock, registry
from redis_models.journal import journal
from redis_models.journal.claims import ACCEPTED, WAITING
from redis_models.journal.clock import now_ms
from redis_models.offline import due, kept_shadows, view
from redis_models.operations import beside_journal
from redis_models.operations.write import NOBODY, REFUSED, Durability, Outcome, Receipt, Write
from redis_models.schema.parts import parts_of

GRACE_S = 5.0
LONGEST_S = 300.0
AHEAD_AT_MOST_MS = 30_000
"""Less than the scripts allow (60 s), so a script never changes the time of a write, however often it is applied."""
_SUBMIT = "redis_models.writer.submit"

_log = logging.getLogger(__name__)


def submit(write: Write) -> Receipt:
    """Apply the write, or keep it in the journal as pending if Redis is away or its reply was lost.

    In mode `ahead` every write is in the journal before it is sent, except those in `beside_journal.REASONS`. A write
    that the user's shadow refuses (GONE, CONFLICT) is also refused while Redis is away, and so is a claim that another
    waiting write of this host holds. Raises RedisUnavailable if the write is not deferrable, ClaimInFlight,
    ScriptFailed, and JournalUnavailable if neither Redis nor the journal takes the write, or if it is not deferrable
    and its row could not be noted as applied.
    """
    write = write.clamped_to(clock.now_ms() + AHEAD_AT_MOST_MS)
    try:
        receipt = _submitted(write)
    except Conflict:
        return Receipt(Outcome.CONFLICT, ("email",))  # as the script of such a write replies
    trace.note(_SUBMIT, receipt.outcome, write=write)
    return receipt


def _submitted(write: Write) -> Receipt:
    if (away := registry.breaker_for(write.keys).refusal()) is not None:
        return _waits(write, None, away)
    if write.deferrable and write.user_id != NOBODY and (refusal := _refused_by_what_waits(write)) is not None:
        return refusal
    row_id = None
    try:
        row_id = _begun(write) if _is_begun(write) else None
        receipt = gateway.apply(write)
    except RedisUnavailable as error:
        return _waits(write, row_id, error)
    except RedisModelError:
        _drop(write, row_id)
        raise
    return _settled(write, row_id, receipt)


def _is_begun(write: Write) -> bool:
    """Return whether the write gets a row before it is sent; a claim always does, so that other writes see it."""
    return bool(write.claim) or _is_journaled(write)


def _is_journaled(write: Write) -> bool:
    """Return whether the write is in the journal from before it is sent until Redis is proven to keep it."""
    return settings.AIRA_JOURNAL == "ahead" and write.script not in beside_journal.REASONS


def _refused_by_what_waits(write: Write) -> Receipt | None:
    """Return the refusal implied by pending writes that Redis does not have yet; None if there is none."""
    if not registry.breaker_for(write.keys).health.is_healthy or not view.pending(write.user_id):
        return None
    judgement = view.shadow_of(write.user_id, parts_of(write.user_id, write.all_keys), is_reachable=True).judge(write)
    return judgement if judgement.outcome in REFUSED else None


def _begun(write: Write) -> int | None:
    """Add a row for the write and return its id; None if the journal is unavailable: Redis may still take the write.

    Raises Conflict, ClaimInFlight and RedisUnavailable.
    """
    try:
        return _added(write)
    except JournalUnavailable as error:
        _log.error("Writes go to Redis without the journal. reason=%s", error)
        trace.note(_SUBMIT, "without the journal", write=write)
    with suppress(JournalUnavailable):
        try:
            journal().rows.check_claim(write, held_by=WAITING)  # a full journal can still be read
        except ClaimApplied as claim:
            _apply_claim_again(claim.row_id, before=write)
    return None


def _added(write: Write) -> int:
    deadline_ms = now_ms() + round((seconds_left(LONGEST_S) + GRACE_S) * 1000)
    try:
        return journal().rows.begin(write, deadline_ms=deadline_ms)
    except ClaimApplied as claim:
        _apply_claim_again(claim.row_id, before=write)
        return journal().rows.begin(write, deadline_ms=deadline_ms, known_claim=claim.row_id)


def _apply_claim_again(row_id: int, *, before: Write) -> None:
    """Apply another user's claim of the same email again, which Redis may have lost in a fail-over.

    Unless it was given up, the new one must not be sent: Redis may lose it again in between, or has given the email to
    others. Raises Conflict then, and RedisUnavailable. A write of an import is sent: its script keeps no claim.
    """
    for row in journal().rows.by_id([row_id]):
        try:
            is_given_up = gateway.apply(row.write).outcome is Outcome.GONE
        except ScriptFailed as error:
            _log.error("A claim could not be applied again; Redis decides. row=%d reason=%s", row.id, error)
            continue
        if not is_given_up and not before.acknowledged:
            raise Conflict("The email belongs to another user.")


def _settled(write: Write, row_id: int | None, receipt: Receipt) -> Receipt:
    """Update the write's row. If no row is left, with which a drain would renew the user's snapshot, make that due."""
    if receipt.outcome in REFUSED:
        _drop(write, row_id)
    elif row_id is not None and _is_journaled(write):
        _note(write, row_id)
    else:
        _drop(write, row_id)
        if write.deferrable and write.user_id != NOBODY:
            due.note_written(write.user_id, write.keys)
    return replace(receipt, durability=_durability(write, row_id))


def _note(write: Write, row_id: int) -> None:
    """Note the row as applied: durably if the write may not wait, as such a row is never applied from `in flight`."""
    if write.deferrable:
        journal().rows.applied(row_id)
    else:
        journal().rows.note_applied(row_id)


def _durability(write: Write, row_id: int | None) -> Durability:
    if settings.AIRA_JOURNAL == "memory":
        return Durability.MEMORY
    return Durability.SERVER if _is_journaled(write) and row_id is None else Durability.JOURNAL


def _drop(write: Write, row_id: int | None) -> None:
    """Drop the row, if there is one: durably if the write may not wait, else with the next transaction.

    So a refusal takes as long as a yes. If the journal fails, the row stays in flight and is not applied, either.
    """
    if row_id is not None and write.deferrable:
        journal().rows.drop(row_id)
    elif row_id is not None:
        with suppress(JournalUnavailable):
            journal().rows.drop_durably(row_id)


def _waits(write: Write, row_id: int | None, error: RedisUnavailable) -> Receipt:
    """Keep the write as pending; raises `error` if it is not deferrable, after its row was dropped."""
    if not write.deferrable:
        _drop(write, row_id)
        raise error
    if row_id is None:
        journal().rows.check_claim(write, held_by=ACCEPTED)  # cheap: if many claim one email, nearly all stop here
    return _kept(write, row_id, error)


def _kept(write: Write, row_id: int | None, error: RedisUnavailable) -> Receipt:
    if write.user_id == NOBODY:
        journal().rows.keep(write, row_id=row_id)
        return Receipt(Outcome.JOURNALED, (), _durability(write, 0))
    parts, answers_reads = parts_of(write.user_id, write.all_keys), isinstance(error, RedisReadOnly)
    found = view.shadow_of(write.user_id, parts, is_reachable=answers_reads, except_row=row_id)
    judgement = found.judge(write)
    if judgement.outcome in REFUSED:
        _drop(write, row_id)
        kept_shadows.forget(write.user_id)
        return judgement
    try:
        kept_shadows.note_kept(write.user_id, found, journal().rows.keep(write, row_id=row_id))
    except RedisModelError:
        _drop(write, row_id)
        kept_shadows.forget(write.user_id)
        raise
    return Receipt(Outcome.JOURNALED, judgement.reply, _durability(write, 0))
