"""Group commit: what many threads ask for at the same time becomes durable with one transaction."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from redis_models.budget import seconds_left
from redis_models.errors import JournalUnavailable, RedisModelError

T = TypeVar("T")
LOCK_TIMEOUT_S = 2.0


class Request:
    """A change that waits for the next transaction, and what became of it."""

    def __init__(self, change: Callable[[sqlite3.Connection], Any]) -> None:
        self._change = change
        self.result: Any = None
        self.error: Exception | None = JournalUnavailable("The journal did not keep it.")

    def run(self, db: sqlite3.Connection) -> None:
        """Carry out the change; an error of ours is its caller's alone."""
        try:
            self.result, self.error = self._change(db), None
        except RedisModelError as error:
            self.error = error


class GroupCommit:
    """Collects requests; the first thread to get its turn hands all of them to `commit_batch`, in one transaction.

    `commit_batch` keeps all of them or none; where it raises JournalUnavailable, each of them has failed.
    """

    def __init__(self, commit_batch: Callable[[Sequence[Request]], None]) -> None:
        self.turn = threading.Lock()
        self._commit_batch = commit_batch
        self._queue_lock = threading.Lock()
        self._queue: list[Request] = []

    def run(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Carry out the change durably and return what it returned; raises JournalUnavailable, or the change's error.

        A change checks before it writes: an error of ours that it raises undoes nothing.
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
        """Carry out the change with the next transaction; nobody is told whether it was kept."""
        with self._queue_lock:
            self._queue.append(Request(change))

    def flush(self) -> None:
        """Carry out what waits; raises JournalUnavailable."""
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
