"""`drain`: apply the journal's rows (again), confirm that they are durable, and only then drop them.

A server can lose writes that it has acknowledged: if its append-only file was not synced, in a fail-over to a replica
that lagged, or by a flush. So a row stays in the journal until, on one connection, its script ran, one more write ran,
and the server proved that both are durable, and until it is certain that server and database are still the same (see
`PrimaryDrain`).
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import product

from redis_models import connection, trace
from redis_models.connection import Primary, ServerState
from redis_models.errors import RedisUnavailable, SlotMoving, WrongDatabase
from redis_models.health import database_mark
from redis_models.host import state as host_state
from redis_models.journal import Journal, Row, journal
from redis_models.journal.facts import DURABILITY
from redis_models.journal.rows import MAX_UNFENCED, MAX_UNFENCED_BYTES
from redis_models.replay import mark_proof
from redis_models.replay.held_rows import HeldRows
from redis_models.replay.primary_drain import PROVEN, PrimaryDrain, primary_drain_of
from redis_models.replay.proof import Proof
from redis_models.replay.result import DrainResult
from redis_models.replay.user_batch import servers_of
from redis_models.schema.mark import id_of

ROWS_AT_ONCE = 1000
ROWS_A_FENCE = 20_000
_DRAIN = "redis_models.replay.drain.drain"


def drain() -> DrainResult:
    """Apply every due row and drop those confirmed durable; does nothing while another process of this host drains.

    Rows of a primary that cannot be reached stay in the journal. Raises JournalUnavailable.
    """
    kept = journal()
    kept.flush()
    with kept.queue.turn() as is_ours:
        if not is_ours:
            return DrainResult()
        try:
            mark = database_mark.verify_identity(kept)
            trace.note(_DRAIN, "begins", id=trace.digest(id_of(mark)), epoch=trace.digest(mark.partition(".")[2]))
            try:
                done = _Drain(kept, mark).run()
            finally:
                trace.note(_DRAIN, "ends")
        except (RedisUnavailable, WrongDatabase) as error:
            kept.admin.note(DURABILITY, str(error))
            return DrainResult(stopped_by=str(error))
        mark_proof.prove(kept, mark)
        return done


def weakness() -> str:
    """Return why Redis cannot prove that writes are durable, and what the journal keeps meanwhile; empty if it can.

    Raises RedisUnavailable and JournalUnavailable.
    """
    database = id_of(connection.database())
    for primary in connection.primaries():
        with connection.link_to(primary) as link:
            proof = Proof(journal(), link, primary, database=database)
            proof.ask()
        if proof.weakness:
            return _unproven(proof.weakness)
    return ""


def _unproven(weakness: str) -> str:
    kept = f"the newest {MAX_UNFENCED} writes ({MAX_UNFENCED_BYTES // 1024**2} MiB) stay in the journal"
    return f"{weakness}. Meanwhile {kept}, to be applied again."


class _Drain:
    """One drain, with a PrimaryDrain for each primary that can be reached."""

    def __init__(self, kept: Journal, mark: str) -> None:
        self._kept = kept
        self._mark = mark
        self._drains: dict[Primary, PrimaryDrain] = {}
        self._done = DrainResult()

    def run(self) -> DrainResult:
        with ExitStack() as opened:
            for primary in connection.primaries():
                with self._dropping(primary):
                    database_mark.look_at_copy(self._kept, primary)
                    self._drains[primary] = opened.enter_context(primary_drain_of(self._kept, self._mark, primary))
            for rows in self._due():
                self._apply(rows)
                if stopped := self._stopped_by():
                    self._done += DrainResult(stopped_by=stopped)
                    break
                if sum(drain.count for drain in self._drains.values()) >= ROWS_A_FENCE:
                    self._settle()
            self._settle()
        self._kept.admin.note(DURABILITY, self._durability())
        return self._done

    def _stopped_by(self) -> str:
        return next((drain.stopped_by for drain in self._drains.values() if drain.stopped_by), "")

    @contextmanager
    def _dropping(self, primary: Primary) -> Iterator[None]:
        """Leave the primary out of the rest of the drain if it cannot be reached; its rows stay in the journal."""
        try:
            yield
        except (RedisUnavailable, WrongDatabase) as error:
            self._drains.pop(primary, None)
            self._done += DrainResult(stopped_by=str(error))
            if isinstance(error, SlotMoving):
                connection.refresh_topology()

    def _due(self) -> Iterator[list[Row]]:
        """Yield due rows in batches, without those applied already on servers that cannot prove durability."""
        database, held = id_of(self._mark), host_state(HeldRows)
        known_on, after = self._known_on(), 0
        while batch := self._kept.queue.due(database, after=after, most=ROWS_AT_ONCE, known_on=known_on):
            after = batch.last_id
            yield [row for row in batch.rows if not held.is_held(row.id)]

    def _known_on(self) -> list[str]:
        """Return the notes of rows that are not due: all their servers are as they were, and one proves nothing.

        A row has steps on two primaries at most.
        """
        weak = [drain.identity for drain in self._drains.values() if drain.weakness]
        present = [drain.identity for drain in self._drains.values()]
        return sorted({servers_of(pair) for pair in product(weak, present)})

    def _apply(self, rows: Sequence[Row]) -> None:
        rows_of: dict[Primary, list[Row]] = {}
        for row in rows:
            rows_of.setdefault(connection.primary_of(row.write.keys), []).append(row)
        for primary, drain in list(self._drains.items()):
            with self._dropping(primary):
                drain.apply(rows_of.get(primary, []), self._drain_of)

    def _drain_of(self, keys: Sequence[str]) -> PrimaryDrain:
        found = self._drains.get(connection.primary_of(keys))
        if found is None:
            raise RedisUnavailable("Another primary is away.")
        return found

    def _settle(self) -> None:
        """Settle all primaries; confirm durability on all of them first, as a write in steps may be on several."""
        proofs = self._proofs()
        for primary, drain in list(self._drains.items()):
            with self._dropping(primary):
                self._done += drain.settle(proofs)

    def _proofs(self) -> dict[Primary, ServerState]:
        """Return the states of the primaries that proved all writes, and had the same mark afterwards."""
        proofs: dict[Primary, ServerState] = {}
        for primary, drain in list(self._drains.items()):
            with self._dropping(primary):
                if proof := drain.confirm_durable():
                    proofs[primary] = proof
        unchanged = set()
        for primary in list(self._drains):
            with self._dropping(primary):
                if not database_mark.is_unchanged(self._mark, primary):
                    raise RedisUnavailable("The database was emptied while the journal was applied to it.")
                unchanged.add(primary)
        return {primary: proof for primary, proof in proofs.items() if primary in unchanged}

    def _durability(self) -> str:
        weak = next((_unproven(drain.weakness) for drain in self._drains.values() if drain.weakness), "")
        return weak or self._done.stopped_by or PROVEN
