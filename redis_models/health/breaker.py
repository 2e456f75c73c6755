"""A circuit breaker for one primary: a state machine without threads or I/O.

It opens after two missed probes in a row or five failed operations in a row, or if the server has lost the database.
Only a probe closes it. If no monitor runs (commands, serverless), one operation every half second is let through and
serves as the probe.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from redis_models.errors import RedisReadOnly, RedisUnavailable

MISSES_TO_OPEN = 2
FAILURES_TO_OPEN = 5
TRIAL_INTERVAL_S = 0.5
_AWAY = "Redis is away."
_REFUSES_WRITES = "Redis refuses writes at the moment."


@dataclass(frozen=True, slots=True)
class Health:
    """The known health of Redis at one moment.

    `clock_offset_ms` is the server's clock minus this host's; None until the server has told its time.
    """

    is_reachable: bool = True
    is_writable: bool = True
    reason: str = ""
    clock_offset_ms: int | None = None

    @property
    def is_healthy(self) -> bool:
        """Return whether reads and writes are expected to work."""
        return self.is_reachable and self.is_writable


def _refusal(health: Health) -> RedisUnavailable:
    return RedisReadOnly(_REFUSES_WRITES) if health.is_reachable else RedisUnavailable(_AWAY)


class Breaker:
    """Counts missed probes and failed operations; `health` is immutable and read without a lock."""

    def __init__(self, *, on_open: Callable[[], object], clock: Callable[[], float] = time.monotonic) -> None:
        self.health = Health()
        self.is_monitored = False
        self.knows_database = False
        """Whether the mark of the database was read, and compared, since this primary was last away."""
        self._is_lost = False
        self._on_open = on_open
        self._clock = clock
        self._lock = threading.Lock()
        self._misses = 0
        self._failures = 0
        self._next_trial_s = 0.0

    @property
    def is_in_doubt(self) -> bool:
        """Return whether the last probe was missed and the breaker is still closed."""
        return self._misses > 0 and self.health.is_reachable

    def refusal(self) -> RedisUnavailable | None:
        """Return the error that a write would certainly raise now; None if it may be tried or no monitor runs."""
        if not self.is_monitored or self.health.is_healthy:
            return None
        return _refusal(self.health)

    def check_read(self) -> None:
        """Raise RedisUnavailable if Redis should not be read now."""
        if not self.health.is_reachable and not self._is_trial():
            raise RedisUnavailable(_AWAY)

    def check_write(self) -> None:
        """Raise RedisUnavailable if Redis should not be written to now."""
        health = self.health
        if health.is_healthy or self._is_trial():
            return
        raise _refusal(health)

    def _is_trial(self) -> bool:
        if self.is_monitored:
            return False
        with self._lock:
            is_due = self._clock() >= self._next_trial_s
            if is_due:
                self._next_trial_s = self._clock() + TRIAL_INTERVAL_S
            return is_due

    def probe_answered(self, *, clock_offset_ms: int, refusal: str) -> None:
        """Close the breaker; `refusal` is why the server refuses writes, or empty."""
        with self._lock:
            self._misses = self._failures = 0
            self.database_known()
            self.health = Health(is_writable=not refusal, reason=refusal, clock_offset_ms=clock_offset_ms)

    def database_lost(self, reason: str, *, clock_offset_ms: int | None = None) -> None:
        """Open the breaker at once, because the server has not the data that it should have: `reason` says why."""
        with self._lock:
            self._misses = self._failures = 0
            self._is_lost = True
            offset_ms = self.health.clock_offset_ms if clock_offset_ms is None else clock_offset_ms
            self.health = replace(self.health, is_writable=False, clock_offset_ms=offset_ms)
            self._open(reason)

    def clock_known(self, offset_ms: int) -> None:
        """Note the offset of the server's clock."""
        with self._lock:
            self.health = replace(self.health, clock_offset_ms=offset_ms)

    def probe_moved(self) -> None:
        """Close the breaker unless the database is lost: the server answered, but its mark could not be read."""
        if not self._is_lost:
            with self._lock:
                self._misses = self._failures = 0
                self.health = Health(clock_offset_ms=self.health.clock_offset_ms)

    def database_known(self) -> None:
        """Note that the mark of the database was read, and is the one expected."""
        self.knows_database, self._is_lost = True, False

    def probe_missed(self, reason: str) -> None:
        """Count a missed probe; the second in a row opens the breaker."""
        with self._lock:
            self._misses += 1
            is_opening = self._misses >= MISSES_TO_OPEN and self._open(reason)
        if is_opening:
            self._on_open()

    def operation_worked(self) -> None:
        """Reset the count of failed operations; without a monitor, close the breaker."""
        if self._failures == 0 and self.health.is_healthy:
            return
        with self._lock:
            self._failures = 0
            if not self.is_monitored:
                self.health = replace(self.health, is_reachable=True, is_writable=True, reason="")

    def operation_failed(self, error: RedisUnavailable) -> None:
        """Count a failed operation; the fifth in a row (without a monitor the first) opens the breaker.

        RedisReadOnly only notes that the server refuses writes.
        """
        with self._lock:
            if isinstance(error, RedisReadOnly):
                is_reachable = self.health.is_reachable or not self.is_monitored
                self.health = replace(self.health, is_reachable=is_reachable, is_writable=False, reason=str(error))
                return
            self._failures += 1
            needed = FAILURES_TO_OPEN if self.is_monitored else 1
            is_opening = self._failures >= needed and self._open(str(error))
        if is_opening:
            self._on_open()

    def _open(self, reason: str) -> bool:
        was_closed = self.health.is_reachable
        self.knows_database = False
        self.health = replace(self.health, is_reachable=False, reason=reason)
        self._next_trial_s = self._clock() + TRIAL_INTERVAL_S
        return was_closed
