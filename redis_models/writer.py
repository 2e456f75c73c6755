"""`submit` and `replay`: the only two callers of `gateway.apply`."""

from dataclasses import dataclass

from redis_models import gateway, noted, reader, shadow
from redis_models.budget import budget
from redis_models.errors import RedisModelError, RedisReadOnly, RedisUnavailable, ScriptFailed
from redis_models.journal import Journal, Row, journal
from redis_models.snapshot import Snapshot
from redis_models.write import Outcome, Receipt, Write

REPLAY_BUDGET_S = 5.0


@dataclass(frozen=True, slots=True)
class Replayed:
    """What one replay did: rows applied and dropped, rows set aside, and whether Redis went away in the middle."""

    applied: int = 0
    set_aside: int = 0
    is_complete: bool = True


def submit(write: Write) -> Receipt:
    """Apply the write, or keep it in the journal where Redis could not be reached or its reply was lost.

    What is known to be refused (GONE, CONFLICT) is refused also while Redis is away. Raises RedisUnavailable for a
    write that is not deferrable, JournalUnavailable where neither Redis nor the journal takes it, and ScriptFailed.
    """
    try:
        receipt = gateway.apply(write)
    except RedisUnavailable as error:
        if not write.deferrable:
            raise
        answers_reads = isinstance(error, RedisReadOnly)
        known = reader.known_snapshot if answers_reads else reader.kept_snapshot
        return _kept(write, known(write.user_id))
    noted.note(write.user_id)
    return receipt


def _kept(write: Write, known: Snapshot | None) -> Receipt:
    waiting = reader.ids_waiting(write.user_id)
    judgement = shadow.shadow_of(write.user_id, snapshot=known, waiting=waiting).judge(write)
    if judgement.outcome in (Outcome.GONE, Outcome.CONFLICT):
        return judgement
    try:
        journal().append(write)
    except RedisModelError:
        shadow.forget(write.user_id)
        raise
    return Receipt(Outcome.JOURNALED, judgement.reply)


def replay() -> Replayed:
    """Apply every waiting write, unless another process of this host is at it; a row Redis rejects is set aside."""
    kept = journal()
    done = Replayed()
    with kept.replay_turn() as is_ours:
        for user_id in kept.users_waiting() if is_ours else ():
            try:
                done = _sum(done, _replay_user(kept, user_id))
            except RedisUnavailable:
                return Replayed(done.applied, done.set_aside, is_complete=False)
    return done


def _replay_user(kept: Journal, user_id: str) -> Replayed:
    applied, aside = [], 0
    for row in kept.waiting(user_id):
        with budget(REPLAY_BUDGET_S):
            reason = _refusal(row)
        if reason:
            kept.set_aside(row, reason)
            aside += 1
        else:
            applied.append(row)
    with budget(REPLAY_BUDGET_S):
        snapshot = reader.fresh_snapshot(user_id)
    kept.settle(applied, {user_id: snapshot} if snapshot else {})
    return Replayed(len(applied), aside)


def _refusal(row: Row) -> str:
    """Apply the row; return why it cannot be, or an empty text. GONE is no refusal: the deletion stands."""
    try:
        receipt = gateway.apply(row.write)
    except ScriptFailed as error:
        return str(error)
    return " ".join(("conflict", *receipt.reply)) if receipt.outcome is Outcome.CONFLICT else ""


def _sum(one: Replayed, other: Replayed) -> Replayed:
    return Replayed(one.applied + other.applied, one.set_aside + other.set_aside)
