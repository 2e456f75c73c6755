"""`answer`: run a read on Redis, or on the user's shadow if Redis is away; the answer says which."""

from dataclasses import dataclass
from typing import Any

from redis_models import gateway
from redis_models.errors import RedisUnavailable
from redis_models.offline import due, view
from redis_models.operations.read import Read
from redis_models.schema.parts import parts_of
from redis_models.schema.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Answer:
    """A script's reply, and what it is based on.

    A live answer comes from Redis. Any other answer comes from `snapshot` (None if there was none) and the user's
    waiting writes, of which `pending` are pending. `is_complete` is false if a part of the data that the read asks for
    was in no snapshot: the reply then knows only the waiting writes of that part.
    """

    reply: Any
    is_live: bool
    snapshot: Snapshot | None = None
    pending: int = 0
    is_complete: bool = True

    @property
    def as_of_ms(self) -> int | None:
        """Return when the answer's snapshot was taken (ms since the epoch); None if there is none."""
        return self.snapshot.as_of_ms if self.snapshot else None

    @property
    def is_known(self) -> bool:
        """Return whether the user's own keys are known: from Redis, or from a snapshot."""
        return self.is_live or self.snapshot is not None

    @property
    def has_basis(self) -> bool:
        """Return whether the answer is based on any data: Redis, a snapshot or a pending write."""
        return self.is_known or self.pending > 0


def answer(question: Read) -> Answer:
    """Run the read on Redis, or on the user's shadow if Redis is away or the user has pending writes."""
    if view.pending(question.user_id):
        return _shadow_answer(question, is_reachable=True)
    try:
        reply = gateway.read(question)
    except RedisUnavailable:
        return _shadow_answer(question, is_reachable=False)
    due.note_read(question.user_id, question.keys)
    return Answer(reply=reply, is_live=True)


def _shadow_answer(question: Read, *, is_reachable: bool) -> Answer:
    parts = parts_of(question.user_id, question.keys)
    found = view.shadow_of(question.user_id, parts, is_reachable=is_reachable)
    snapshot = found.snapshot.only(parts) if found.snapshot else None
    return Answer(
        reply=found.answer(question),
        is_live=False,
        snapshot=snapshot,
        pending=found.pending,
        is_complete=snapshot is not None and len(snapshot.parts) == len(parts),
    )
