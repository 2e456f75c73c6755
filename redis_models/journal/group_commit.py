"""Group commit: one transaction makes the changes of all threads that are waiting durable."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from redis_models import trace
from redis_models.budget import seconds_left
from redis_models.errors import JournalFull, JournalUnavailable, RedisModelError

T = TypeVar("T")
LOCK_TIMEOUT_S = 2.0


class Request:
    """A change that waits for the next transaction, and its result or error."""

    def __init__(self, change: Callable[[sqlite3.Connection], Any], *, may_wait: bool = False) -> None:
        self.may_wait = may_wait
        self._change = change
        self._origin = trace.origin(change)
        self.result: Any = None
        self.error: Exception | None = JournalUnavailable("The journal did not keep it.")

    def run(self, db: sqlite3.Connection) -> None:
        """Run the change; a RedisModelError fails this request only."""
        try:
            with trace.performing(self._origin):
                self.result, self.error = self._change(db), None
        except RedisModelError as error:
            self.error = error


class GroupCommit:
    """Collects requests; the first thread that gets the lock passes all of them to `commit_batch`, in one transaction.

    `commit_batch` commits all of them or none; if it raises JournalUnavailable, every request has failed.
    """

    def __init__(self, commit_batch: Callable[[Sequence[Request]], None]) -> None:
        self.turn = threading.Lock()
        self._commit_batch = commit_batch
        self._queue_lock = threading.Lock()
        self._queue: list[Request] = []

    def run(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Run the change durably and return its result; raises JournalUnavailable, or the change's error.

        A change must do its checks before it writes: a RedisModelError does not roll back the change.
        """
        request = Request(change)
        with self._queue_lock:
            self._queue.append(request)
        if not self.turn.acquire(timeout=seconds_left(LOCK_TIMEOUT_S)):
            self.withdraw(request)
            raise JournalUnavailable("The journal is busy.")
        try:
            self._commit_queue()
        finally:
            self.turn.release()
        if request.error is not None:
            raise request.error
        result: T = request.result
        return result

    def later(self, change: Callable[[sqlite3.Connection], Any]) -> None:
        """Run the change with the next transaction, or a later one if the disk is full; does not report an error."""
        with self._queue_lock:
            self._queue.append(Request(change, may_wait=True))

    def flush(self) -> None:
        """Run all waiting changes; raises JournalUnavailable."""
        if self.count:
            self.run(lambda _: None)

    @property
    def count(self) -> int:
        """Return how many changes wait for the next transaction."""
        return len(self._queue)

    def withdraw(self, request: Request) -> None:
        """Take the change back, unless its transaction has begun."""
        with self._queue_lock:
            if request in self._queue:
                self._queue.remove(request)

    def _commit_queue(self) -> None:
        with self._queue_lock:
            batch, self._queue = self._queue, []
        if not batch:
            return
        try:
            self._commit_batch(batch)
        except JournalUnavailable as error:
            for request in batch:
                request.error = error
            if isinstance(error, JournalFull):
                with self._queue_lock:
                    self._queue[:0] = [request for request in batch if request.may_wait]
