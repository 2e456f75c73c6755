"""Have the servers prove that they keep some writes, in the way in which a drain proves its rows."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import NamedTuple

from redis_models import connection
from redis_models.connection import Primary
from redis_models.errors import RedisUnavailable, WrongDatabase
from redis_models.health import database_mark
from redis_models.journal import Journal
from redis_models.operations.write import Receipt, Write
from redis_models.replay.primary_drain import PrimaryDrain, primary_drain_of
from redis_models.replay.user_batch import Place, UserBatch

_ALL = 0


class Proven(NamedTuple):
    """The receipts of the writes, and why the servers cannot prove that they keep them: empty if they did."""

    receipts: list[Receipt]
    weakness: str


def proven(kept: Journal, writes: Sequence[Write]) -> Proven:
    """Run the writes, and have the servers prove that they keep them.

    The proof covers whatever these primaries did before. Raises RedisUnavailable if a server may have lost something,
    or did not prove it in time, or if a known replica is away; the caller then begins anew.
    """
    mark = _mark(kept)
    places: list[Place] = []
    with ExitStack() as opened:
        drains: dict[Primary, PrimaryDrain] = {}

        def run(step: Write, argv: Sequence[str]) -> Receipt:
            primary = connection.primary_of(step.keys)
            if primary not in drains:
                drains[primary] = opened.enter_context(primary_drain_of(kept, mark, primary))
            places.append(drains[primary].place_of(step))
            return drains[primary].run(step, argv)

        receipts = [write.execute(run) for write in writes]
        weakness = next((drain.lasting_weakness for drain in drains.values() if drain.lasting_weakness), "")
        proofs = {primary: proof for primary, drain in drains.items() if (proof := drain.confirm_durable())}
    if not all(database_mark.is_unchanged(mark, primary) for primary in drains):
        raise RedisUnavailable("The database was emptied during the proof.")
    if not weakness and _ALL not in UserBatch({_ALL: places}, {}).proven_by(proofs):
        raise RedisUnavailable("Redis did not prove in time that it keeps the writes.")
    return Proven(receipts, weakness)


def _mark(kept: Journal) -> str:
    try:
        return database_mark.verify_identity(kept)
    except WrongDatabase as error:
        raise RedisUnavailable(str(error)) from error
