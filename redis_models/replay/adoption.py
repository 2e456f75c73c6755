"""Adopt the database in use: make it the one that this journal is for, although its mark is missing or another one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from redis_models import connection
from redis_models.errors import WrongDatabase
from redis_models.health import database_mark
from redis_models.journal import Journal, Waiting
from redis_models.replay.mark_proof import prove
from redis_models.schema.mark import new_mark


@dataclass(frozen=True, slots=True)
class Offer:
    """What an adoption is for: `reason` is why the database is refused, or empty if only rows name another database."""

    reason: str
    waiting: Waiting


def offer(kept: Journal) -> Offer | None:
    """Return what an adoption would do; None if there is nothing to do. Raises RedisUnavailable, JournalUnavailable."""
    reason = _refusal(kept)
    waiting = kept.mark.waiting(kept.mark.noted().reached_id)
    return Offer(reason, waiting) if reason or waiting.for_another else None


def adopt(kept: Journal) -> None:
    """Adopt the database, so that all rows are applied to it; it gets a mark with the known id if it has none.

    Other hosts that know the id apply their rows again by themselves. Raises RedisUnavailable and JournalUnavailable.
    """
    _take(kept, successor=kept.mark.noted().successor())


def adopt_without(kept: Journal, rows: Sequence[int]) -> None:
    """Adopt the database as `adopt` does, and drop these rows (by id): it was emptied on purpose.

    A database without a mark gets one with a new id, so that other hosts ask, too, and bring nothing back.
    """
    _take(kept, successor=new_mark(), drop=rows)


def _refusal(kept: Journal) -> str:
    try:
        database_mark.verify_identity(kept)
        for primary in connection.primaries():
            database_mark.look(kept, primary)
    except WrongDatabase as error:
        return str(error)
    return ""


def _take(kept: Journal, *, successor: str, drop: Sequence[int] | None = None) -> None:
    mark = connection.database()
    if not mark or not all(database_mark.is_unchanged(mark, primary) for primary in connection.primaries()):
        mark = connection.mark_database(successor, in_any_case=bool(mark))
    if settings.REDIS_ENDPOINT.nodes:
        for primary in connection.primaries():
            connection.copy_mark(mark, primary)
    kept.mark.adopt(mark, drop=drop)
    prove(kept, mark)
