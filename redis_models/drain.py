"""The drain: the journal's rows are applied (again), fenced, and only then dropped.

A server may lose what it has acknowledged: before its append-only file reached the disk, in a fail-over to a replica
that lagged, by a flush. So a row stays until, on one connection, its script ran, one more write ran, the server proved
that it keeps both, and it is the same server with the same database afterwards (`fencing.Side`).
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from redis_models import connection, database
from redis_models.connection import Primary
from redis_models.errors import RedisUnavailable, WrongDatabase
from redis_models.fencing import PROVEN, Drained, Side, side_of
from redis_models.journal import Journal, Row, journal
from redis_models.journal.facts import DURABILITY

ROWS_AT_ONCE = 1000
ROWS_A_FENCE = 20_000


def drain() -> Drained:
    """Apply and fence every row that is due, unless another process of this host is at it.

    Rows of a primary that cannot be reached wait. Raises JournalUnavailable.
    """
    kept = journal()
    kept.flush()
    with kept.draining.turn() as is_ours:
        if not is_ours:
            return Drained()
        try:
            return _drain(kept, database.recognised(kept))
        except (RedisUnavailable, WrongDatabase) as error:
            kept.operating.note(DURABILITY, str(error))
            return Drained(stopped_by=str(error))


def weakness() -> str:
    """Return why Redis cannot prove that it keeps what it takes; empty where it can. Raises RedisUnavailable."""
    for primary in connection.primaries():
        with connection.link_to(primary) as link:
            found = link.state().weakness
        if found:
            return found
    return ""


def _drain(kept: Journal, mark: str) -> Drained:
    done = Drained()
    with ExitStack() as opened:
        sides = {primary: opened.enter_context(side_of(kept, mark, primary)) for primary in connection.primaries()}
        for rows in _due(kept, mark, sides):
            for primary, side in sides.items():
                side.apply([row for row in rows if connection.primary_of(row.write.keys) == primary])
            if sum(side.count for side in sides.values()) >= ROWS_A_FENCE:
                done = sum((side.settle() for side in sides.values()), done)
        done = sum((side.settle() for side in sides.values()), done)
        kept.operating.note(DURABILITY, next(filter(None, (side.weakness for side in sides.values())), PROVEN))
    return done


def _due(kept: Journal, mark: str, sides: Mapping[Primary, Side]) -> Iterator[list[Row]]:
    """Yield due rows, a batch at a time; a server that proves nothing gets what it has taken only once."""
    known_on = [side.identity for side in sides.values() if side.weakness]
    after = 0
    while batch := kept.draining.due(database.id_of(mark), after=after, most=ROWS_AT_ONCE, known_on=known_on):
        after = batch.last_id
        yield batch.rows
