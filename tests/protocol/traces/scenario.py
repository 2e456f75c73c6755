"""A run of the real code against a real server, one step after the other: every kind of step, and some faults.

Nothing runs beside it, so that a fault that is planted in the code meets the same steps each time.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.test.utils import override_settings

from accounts import writes
from redis_models import gateway, trace, writer
from redis_models.errors import RedisModelError
from redis_models.health import registry
from redis_models.journal import journal
from redis_models.journal.queue import Queue
from redis_models.journal.rows import Rows
from redis_models.operations.write import Write
from redis_models.replay.adoption import adopt
from redis_models.replay.drain import drain
from redis_models.writer import submit
from tests.protocol.traces.lines import fault, read
from tests.support.servers import Server

AT = 1_795_423_341_000
LATER_MS = 4_000_000_000_000


class Scenario:
    """The steps, each a method; `all_steps` does them in their order."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._number = 0

    def write(self, **fields: Any) -> Write:
        """Return a write of a person of its own, which any number of others do not disturb."""
        self._number += 1
        user_id = f"person{self._number}"
        keys = (f"user:{user_id}:erased", f"user:{user_id}:profile")
        return Write(user_id, "accounts.plan.1", keys, ("plus",), AT + self._number, **fields)

    def all_steps(self) -> None:
        """Do all the steps."""
        steps: tuple[Callable[[], object], ...] = (
            *(self.first_start, self.live_and_pending, self.abandoned, self.frozen_and_late, self.claims),
            *(self.other_database, self.no_file, self.other_identity, self.restart, self.refused),
            *(self.raced, self.erased, self.lost_database),
        )
        for step in steps:
            step()
            drain()

    def first_start(self) -> None:
        """Write to an empty database; the drain has the mark proven."""
        submit(self.write())

    def live_and_pending(self) -> None:
        """Write live, in a row of each kind."""
        submit(self.write())
        submit(self.write(deferrable=False))
        journal().rows.keep(self.write(), row_id=None)
        registry.breaker_for(()).operation_failed(RedisModelError("away"))  # one is kept by its request
        submit(self.write())
        registry.breaker_for(()).operation_worked()

    def abandoned(self) -> None:
        """Leave rows in flight whose deadline is over."""
        for deferrable in (True, False):
            journal().rows.begin(self.write(deferrable=deferrable), deadline_ms=0)

    def frozen_and_late(self) -> None:
        """Let a drain take a row of a write that may not wait before its request notes the reply."""
        note = Rows.note_applied

        def late(rows: Rows, row_id: int) -> None:
            drain()
            note(rows, row_id)

        with patch.object(Rows, "note_applied", late), patch.object(writer, "GRACE_S", -1000.0):
            self._tried(self.write(deferrable=False))

    def claims(self) -> None:
        """Register an email twice, while the first registration is pending, and afterwards."""
        ann, ben = (writes.registration(user_id=who, email="e1", name="", plan="", at=AT) for who in ("ann", "ben"))
        journal().rows.keep(ann, row_id=None)
        submit(ben)
        drain()
        submit(ben)

    def other_database(self) -> None:
        """Keep a row that is for another database."""
        with patch.object(journal().rows, "database", "another"):
            journal().rows.keep(self.write(), row_id=None)

    def no_file(self) -> None:
        """Drain on a server that can prove nothing for a while."""
        self._server.client.config_set("appendonly", "no")
        submit(self.write())
        drain()
        self._server.client.config_set("appendonly", "yes")

    def other_identity(self) -> None:
        """Let the server become a replica and a primary again while a drain is at work; its connections stay."""
        submit(self.write())
        self._during("add_dead_letters", self._demote_and_promote)

    def _demote_and_promote(self) -> None:
        with fault("fail-over!"):
            self._server.client.replicaof("127.0.0.1", 1)
            self._server.client.replicaof("NO", "ONE")

    def restart(self) -> None:
        """Kill the server, and start it again."""
        submit(self.write())
        with fault("kill!"):
            self._server.stop()
            self._server.start()
        registry.breaker_for(()).operation_worked()
        submit(self.write())

    def refused(self) -> None:
        """Send a write that is refused: its row is dropped."""
        submit(writes.registration(user_id="cid", email="e1", name="", plan="", at=AT))

    def raced(self) -> None:
        """Note a reply between the moment in which the drain reads the row and that in which it would drop it."""
        write = self.write(deferrable=False)
        row_id = journal().rows.begin(write, deadline_ms=0)
        gateway.apply(write)
        self._during("add_dead_letters", lambda: journal().rows.note_applied(row_id))

    def erased(self) -> None:
        """Forget the rows of a person."""
        gone = self.write()
        journal().rows.keep(gone, row_id=None)
        journal().erasure.forget(gone.user_id, until_ms=LATER_MS)

    def lost_database(self) -> None:
        """Empty the database, and adopt it."""
        submit(self.write())
        with fault("flush!"):
            self._server.client.flushall()
        drain()
        adopt(journal())

    def _tried(self, write: Write) -> None:
        try:
            submit(write)
        except RedisModelError as error:
            trace.note("refused", str(type(error).__name__), write=write)

    def _during(self, name: str, do: Callable[[], object]) -> None:
        """Drain, and do something when the drain first calls this method of its queue."""
        original, todo = getattr(Queue, name), [do]

        def wrapped(*args: Any) -> Any:
            if todo:
                todo.pop()()
            return original(*args)

        with patch.object(Queue, name, wrapped):
            drain()


def recorded(server: Server, file: Path) -> list[Mapping[str, Any]]:
    """Do all steps with the trace on, and return its lines."""
    with override_settings(AIRA_TRACE=str(file)):
        Scenario(server).all_steps()
    return read(file)
