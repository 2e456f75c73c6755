"""The answers of the health endpoints."""

from typing import Annotated, Any, Literal, Self

import msgspec
from msgspec import UNSET, UnsetType

from api.answers.shapes import Moment, Shape, SuccessOut, about
from redis_models.health.report import HealthReport
from texts.typed_json import convert


class LiveOut(Shape, frozen=True, kw_only=True):
    """The process is running."""

    status: Annotated[Literal["live"], about("Always live.", "live")] = "live"


class JournalOut(Shape, frozen=True, kw_only=True):
    """The journal; if it cannot be read, only `usable` is set."""

    mode: Annotated[str | UnsetType, about("The setting AIRA_JOURNAL.", "ahead")] = UNSET
    durable: Annotated[bool | UnsetType, about("Whether the journal is on a disk.", True)] = UNSET
    durability: Annotated[str | UnsetType, about("proven, or why Redis is not proven to keep writes.", "proven")] = (
        UNSET
    )
    pending: Annotated[int | UnsetType, about("How many writes are pending.", 0)] = UNSET
    in_flight: Annotated[int | UnsetType, about("How many writes are being sent.", 0)] = UNSET
    applied: Annotated[int | UnsetType, about("How many writes Redis has, but is not proven to keep.", 0)] = UNSET
    dead_letters: Annotated[int | UnsetType, about("How many writes cannot be applied.", 0)] = UNSET
    unfenced_dropped: Annotated[int | UnsetType, about("How many unproven writes were dropped to make room.", 0)] = (
        UNSET
    )
    unreadable_rows: Annotated[
        int | UnsetType, about("How many rows of damaged files could not be brought back.", 0)
    ] = UNSET
    oldest_age_seconds: Annotated[int | UnsetType, about("The age of the oldest pending write.", 0)] = UNSET
    last_replay: Annotated[Moment | UnsetType | None, about("When rows were last applied; null if never.")] = UNSET
    usable: Annotated[bool | UnsetType, about("False if the journal cannot keep writes.", False)] = UNSET


class ReadyOut(Shape, frozen=True, kw_only=True):
    """Whether requests can be served."""

    status: Annotated[
        Literal["ready", "degraded", "unavailable"],
        about("Degraded: Redis is not healthy, and the journal keeps writes.", "ready"),
    ]
    redis_healthy: Annotated[bool, about("Whether Redis answers and takes writes.", True)]
    reason: Annotated[str | UnsetType, about("Why Redis is not healthy.", "Redis does not answer.")] = UNSET
    journal: Annotated[JournalOut, about("The state of the journal.")]

    @classmethod
    def of(cls, report: HealthReport) -> Self:
        """Return the answer for a report."""
        names = ("status", "redisHealthy", "reason")
        facts = report.facts()
        status, healthy, reason = (facts.pop(name) for name in names)
        kept = {"usable": False} if report.journal is None else facts
        return cls(status=status, redis_healthy=healthy, reason=reason or UNSET, journal=convert(kept, JournalOut))


class RedisOut(SuccessOut, frozen=True, kw_only=True):
    """A successful round trip to Redis."""

    message: Annotated[str, about("What happened.", "Redis connection healthy")] = "Redis connection healthy"
    tests: Annotated[
        dict[str, bool], about("The steps, and whether each worked.", {"set": True, "get": True, "delete": True})
    ]
    environment: Annotated[dict[str, Any], about("Always empty: the configuration is not shown.", {})] = msgspec.field(
        default_factory=dict
    )


class RedisFailedOut(Shape, frozen=True, kw_only=True):
    """A failed round trip to Redis."""

    success: Annotated[bool, about("Always false.", False)] = False
    error: Annotated[str, about("What is wrong.", "Redis answered wrongly.")]
    details: Annotated[dict[str, Any], about("Always empty.", {})] = msgspec.field(default_factory=dict)
    environment: Annotated[dict[str, Any], about("Always empty.", {})] = msgspec.field(default_factory=dict)
