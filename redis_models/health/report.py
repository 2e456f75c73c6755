"""`report`: the health of Redis and of the journal as one value, which /ready, the existing API and commands show."""

from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings

from redis_models.errors import JournalUnavailable
from redis_models.health import monitor, registry
from redis_models.journal import Status, journal
from redis_models.schema.codec import iso_from_ms

NOT_KNOWN_YET = "not known yet"


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The last known health of Redis, and the status of the journal; None if the journal cannot be read.

    `reason` says why Redis is not healthy; it is empty if it is. `mode` is the setting AIRA_JOURNAL. `keeps_writes` is
    whether the journal can be written; it is tested only while Redis is not healthy.
    """

    redis_healthy: bool
    reason: str
    mode: str
    journal: Status | None
    keeps_writes: bool

    @property
    def status(self) -> Literal["ready", "degraded", "unavailable"]:
        """Return "degraded" if only the journal takes writes, and "unavailable" if nothing does."""
        if self.redis_healthy:
            return "ready"
        return "degraded" if self.keeps_writes else "unavailable"

    def facts(self) -> dict[str, Any]:
        """Return the values by the names that JSON and tables have for them."""
        facts = {"status": self.status, "redisHealthy": self.redis_healthy, "reason": self.reason, "mode": self.mode}
        if not self.keeps_writes:
            facts["usable"] = False
        kept = self.journal
        if kept is None:
            return facts
        return facts | {
            "durable": kept.is_on_disk,
            "durability": kept.durability or NOT_KNOWN_YET,
            "pending": kept.pending,
            "inFlight": kept.in_flight,
            "applied": kept.applied,
            "deadLetters": kept.dead_letters,
            "unfencedDropped": kept.unfenced_dropped,
            "unreadableRows": kept.unreadable_rows,
            "oldestAgeSeconds": kept.oldest_age_s,
            "lastReplay": iso_from_ms(kept.last_replay_ms) if kept.last_replay_ms else None,
        }


def report() -> HealthReport:
    """Return the health as the process knows it; no round trip. While Redis is away, one write tests the journal."""
    health, status = registry.current(), _status()
    keeps_writes = status is not None and (health.is_healthy or _is_writable())
    return HealthReport(health.is_healthy, health.reason, settings.AIRA_JOURNAL, status, keeps_writes)


def probed_report() -> HealthReport:
    """Probe Redis and return the health: for commands, which have no monitor."""
    monitor.watch_once()
    return report()


def _status() -> Status | None:
    try:
        return journal().admin.status()
    except JournalUnavailable:
        return None


def _is_writable() -> bool:
    try:
        journal().admin.prove_writable()
    except JournalUnavailable:
        return False
    return True
