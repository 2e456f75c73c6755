"""The answers of the health endpoints."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from api.answers.shapes import Shape, SuccessOut, about


class LiveOut(Shape, frozen=True, kw_only=True):
    """The process is running."""

    status: Annotated[Literal["live"], about("Always live.", "live")] = "live"


class JournalOut(Shape, frozen=True, kw_only=True):
    """The journal; only `usable` is set if it cannot be used."""

    mode: Annotated[str | UnsetType, about("The setting AIRA_JOURNAL.", "ahead")] = UNSET
    durable: Annotated[bool | UnsetType, about("Whether the journal is on a disk.", True)] = UNSET
    pending: Annotated[int | UnsetType, about("How many writes are pending.", 0)] = UNSET
    durability: Annotated[str | UnsetType, about("proven, or why Redis is not proven to keep writes.", "proven")] = (
        UNSET
    )
    usable: Annotated[bool | UnsetType, about("False if the journal cannot be used.", False)] = UNSET


class ReadyOut(Shape, frozen=True, kw_only=True):
    """Whether requests can be served."""

    status: Annotated[
        Literal["ready", "degraded", "unavailable"],
        about("Degraded: Redis is not healthy, and the journal keeps writes.", "ready"),
    ]
    redis_healthy: Annotated[bool, about("Whether Redis answers and takes writes.", True)]
    journal: Annotated[JournalOut, about("The state of the journal.")]


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
