"""The drain of one primary: apply rows over one connection, confirm that they are durable, and settle them."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from redis_models import connection
from redis_models.connection import Call, Link, Primary, ServerState
from redis_models.errors import RedisUnavailable, ScriptFailed, SlotMoving, UnknownReply
from redis_models.health import clock
from redis_models.journal import Journal, Row
from redis_models.operations.write import NOBODY, Receipt, Write
from redis_models.replay.failures import Failures
from redis_models.replay.proof import Proof
from redis_models.replay.result import DrainResult
from redis_models.replay.user_batch import Place, UserBatch, servers_of
from redis_models.schema.mark import id_of
from redis_models.schema.parts import parts_of
from redis_models.schema.snapshot import Snapshot, snapshot_from, snapshot_read

USERS_AT_ONCE = 200
PROVEN = "proven"

_log = logging.getLogger(__name__)


class PrimaryDrain:
    """Applies rows over one link. `identity` identifies the server, its slots and its database."""

    def __init__(self, kept: Journal, link: Link, primary: Primary, *, mark: str) -> None:
        self._kept, self._link = kept, link
        self.primary = primary
        self._proof = Proof(kept, link, primary, database=id_of(mark))
        self._taken: dict[str, UserBatch] = {}
        self._failures = Failures()
        self._must_prove = self._proof.was_unconfirmed
        self.identity = f"{self._proof.before.identity_with_slots}/{mark}"

    @property
    def weakness(self) -> str:
        """Return why the server cannot prove that it keeps writes, or an empty string; see `Proof`."""
        return self._proof.weakness

    @property
    def lasting_weakness(self) -> str:
        """Return why the server can never prove that it keeps writes as it is configured, or an empty string."""
        return self._proof.before.weakness

    @property
    def stopped_by(self) -> str:
        """Return why no more rows are to be applied, or an empty string."""
        return self._failures.stopped_by

    @property
    def count(self) -> int:
        """Return how many applied rows are not settled yet."""
        return sum(len(taken.rows) for taken in self._taken.values())

    def apply(self, rows: Sequence[Row], primary_drain_of: Callable[[Sequence[str]], "PrimaryDrain"]) -> None:
        """Apply rows of this primary's users; `primary_drain_of` returns the drain for the keys of a step.

        Raises RedisUnavailable. A row with a step on another primary that cannot be run now is left unchanged.
        """
        whole = [row for row in rows if row.write.before is None]
        failed = self._apply_whole(whole)
        if failed:
            self._check_writes()
            for row, error in self._apply_whole([row for row, _ in failed]):
                self._failures.take(row, error)
        for row in rows:
            if row.write.before is not None:
                self._apply_in_steps(row, primary_drain_of)

    def _apply_whole(self, rows: Sequence[Row]) -> list[tuple[Row, ScriptFailed]]:
        """Apply rows without steps, and return those whose script failed, with the error."""
        failed = []
        replies = self._link.run([Call(row.write.script, row.write.keys, row.write.argv) for row in rows])
        for row, reply in zip(rows, replies, strict=True):
            if isinstance(reply, ScriptFailed):
                failed.append((row, reply))
            else:
                self._take(row, reply, [self.place_of(row.write)])
        return failed

    def _check_writes(self) -> None:
        """Raise RedisUnavailable if a small write fails, too: then the fault is not in the rows."""
        probe = Call("redis_models.probe.1", [connection.key_at(self.primary, "aira:probe")], [])
        (reply,) = self._link.run([probe])
        if isinstance(reply, (ScriptFailed, UnknownReply)) or reply[-1]:
            raise RedisUnavailable("Redis fails at a small write, too.")

    def _apply_in_steps(self, row: Row, primary_drain_of: Callable[[Sequence[str]], "PrimaryDrain"]) -> None:
        places = []

        def run(step: Write, argv: Sequence[str]) -> Receipt:
            drain = primary_drain_of(step.keys)
            places.append(drain.place_of(step))
            return drain.run(step, argv)

        try:
            receipt = row.write.execute(run)
        except (ScriptFailed, UnknownReply) as error:
            self._failures.take(row, error)
        except RedisUnavailable as error:
            _log.info("A row waits for another primary. reason=%s", error)
            if isinstance(error, SlotMoving):
                connection.refresh_topology()
        else:
            self._take(row, [receipt.outcome, *receipt.reply], places)

    def place_of(self, step: Write) -> Place:
        """Return where the step is applied if this drain applies it."""
        return Place(self.primary, self.identity, next(iter(step.keys), ""))

    def run(self, step: Write, argv: Sequence[str]) -> Receipt:
        """Run one step of a write; raises RedisUnavailable, and ScriptFailed if it failed although writes work."""
        self._must_prove = True
        call = Call(step.script, step.keys, argv)
        (reply,) = self._link.run([call])
        if isinstance(reply, ScriptFailed):
            self._check_writes()
            (reply,) = self._link.run([call])
        if isinstance(reply, (ScriptFailed, UnknownReply)):
            raise reply
        return Receipt.from_reply(reply)

    def _take(self, row: Row, reply: Any, places: Sequence[Place]) -> None:
        self._must_prove = True
        if self._failures.take(row, reply):
            return
        taken = self._taken.setdefault(row.write.user_id, UserBatch({}, {}))
        taken.rows[row.id] = places
        if row.write.user_id == NOBODY:
            return
        for part in parts_of(row.write.user_id, row.write.keys):
            taken.parts.pop(part, None)
            taken.parts[part] = None

    def confirm_durable(self) -> ServerState | None:
        """Return the server's state if it proves that it keeps all applied rows whose slots it owns; else None.

        Raises RedisUnavailable if a fail-over, a restart or a slot that arrived may have undone them.
        """
        if not self._must_prove:
            return self._proof.before
        self._must_prove = False
        return self._proof.ask()

    def settle(self, proofs: Mapping[Primary, ServerState]) -> DrainResult:
        """Drop the rows all of whose steps are proven by one of `proofs` (by primary), and keep newer snapshots.

        The other rows stay in the journal as applied, with the servers of all their steps.
        """
        applied, dropped = self.count, 0
        self._kept.queue.add_dead_letters(self._failures.dead_letters)
        dead, held = self._failures.cleared()
        waiting = iter(list(self._taken.items()))
        while some := dict(islice(waiting, USERS_AT_ONCE)):
            dropped += self._settle_users(some, proofs)
        self._taken = {}
        return DrainResult(applied=applied, fenced=dropped, dead_letters=dead, held_back=held)

    def _settle_users(self, some: Mapping[str, UserBatch], proofs: Mapping[Primary, ServerState]) -> int:
        """Settle these users' rows and return how many were dropped."""
        newest = {user_id: taken.newest_parts for user_id, taken in some.items()}
        stale = {user_id: taken.older_parts for user_id, taken in some.items()}
        proven = set().union(*(taken.proven_by(proofs) for taken in some.values()))
        unproven = {
            row_id: servers_of(place.identity for place in places)
            for taken in some.values()
            for row_id, places in taken.rows.items()
            if row_id not in proven
        }
        is_settled = False
        while not is_settled:  # once more if a user was forgotten meanwhile
            since = self._kept.snapshots.forgotten()
            snapshots = dict(self._snapshots(newest))
            is_settled = self._kept.queue.settle(sorted(proven), unproven, snapshots, stale, since=since)
        return len(proven)

    def _snapshots(self, parts: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Snapshot]]:
        taken_ms = clock.now_ms()
        of_users = [(user_id, names) for user_id, names in parts.items() if user_id != NOBODY]
        reads = [snapshot_read(user_id, names) for user_id, names in of_users]
        replies = self._link.run([Call(read.script, read.keys, read.args) for read in reads])
        for (user_id, names), reply in zip(of_users, replies, strict=True):
            if isinstance(reply, (ScriptFailed, UnknownReply)):
                _log.error("A user's snapshot could not be taken. error=%s", reply)
            elif snapshot := snapshot_from(user_id, names, reply, taken_ms=taken_ms):
                yield user_id, snapshot


@contextmanager
def primary_drain_of(kept: Journal, mark: str, primary: Primary) -> Iterator[PrimaryDrain]:
    """Open the drain of the primary; raises RedisUnavailable."""
    with connection.link_to(primary) as link:
        yield PrimaryDrain(kept, link, primary, mark=mark)
