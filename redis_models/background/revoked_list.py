"""What a process knows in memory of what was revoked, for 20 minutes, and how old that is."""

import threading
import time
from dataclasses import dataclass, field
from typing import NamedTuple

from redis_models.journal.revocations.ended import Revocation

MEMORY_MS = 20 * 60 * 1000
"""More than an access token lives."""


class Moment(NamedTuple):
    """A moment by both clocks of the process: the first one may stand still while the machine is frozen."""

    monotonic_s: float
    wall_s: float

    def is_within(self, seconds: float) -> bool:
        """Return whether the moment was less than `seconds` ago, by both clocks."""
        now = moment()
        return now.monotonic_s - self.monotonic_s < seconds and 0 <= now.wall_s - self.wall_s < seconds


def moment() -> Moment:
    """Return this moment."""
    return Moment(time.monotonic(), time.time())


NEVER = Moment(float("-inf"), float("-inf"))


@dataclass(slots=True)
class RevokedList:
    """The list of one process.

    `until_ms` is the time up to which each name is revoked, read without a lock. `on_disk` and `in_redis` are when the
    last readings began, `failed` when the last one that failed began; `reading` is held meanwhile. The disk is read
    on from `last_id`, Redis from `since_us`; `seen` is what the last reading of Redis found.
    """

    until_ms: dict[str, int] = field(default_factory=dict)
    on_disk: Moment = NEVER
    in_redis: Moment = NEVER
    failed: Moment = NEVER
    last_id: int = 0
    since_us: int = 0
    seen: frozenset[Revocation] = frozenset()
    reading: threading.Lock = field(default_factory=threading.Lock)
    _learned: dict[str, Moment] = field(default_factory=dict)
    _changing: threading.Lock = field(default_factory=threading.Lock)

    def learn(self, new: Revocation) -> None:
        """Add the revocation; one that is known with this time, or a later one, is not learned anew."""
        with self._changing:
            if new.until_ms > self.until_ms.get(new.name, -1):
                self._learned.pop(new.name, None)
                self._learned[new.name] = moment()
                self.until_ms[new.name] = new.until_ms

    def forget_old(self) -> None:
        """Remove what the list has had for 20 minutes; names are in the order in which they were learned."""
        with self._changing:
            while self._learned:
                name, learned = next(iter(self._learned.items()))
                if moment().monotonic_s - learned.monotonic_s < MEMORY_MS / 1000:
                    return
                del self._learned[name], self.until_ms[name]
