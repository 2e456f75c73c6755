"""How the site itself is, as it answers."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from api.answers.shapes import Shape, SuccessOut, about


class LiveOut(Shape, frozen=True, kw_only=True):
    """The process runs."""

    status: Annotated[Literal["live"], about("Always live.", "live")] = "live"


class JournalOut(Shape, frozen=True, kw_only=True):
    """How the journal is; only `usable`, if it cannot be used."""

    mode: Annotated[str | UnsetType, about("The setting AIRA_JOURNAL.", "ahead")] = UNSET
    durable: Annotated[bool | UnsetType, about("Whether it is on a disk.", True)] = UNSET
    pending: Annotated[int | UnsetType, about("How many writes wait in it.", 0)] = UNSET
    durability: Annotated[str | UnsetType, about("What the server promises for what it acknowledged.", "disk")] = UNSET
    usable: Annotated[bool | UnsetType, about("False if it cannot be used.", False)] = UNSET


class ReadyOut(Shape, frozen=True, kw_only=True):
    """Whether requests can be served."""

    status: Annotated[
        Literal["ready", "degraded", "unavailable"], about("Degraded: the journal takes the writes.", "ready")
    ]
    redis_healthy: Annotated[bool, about("Whether Redis answers.", True)]
    journal: Annotated[JournalOut, about("How the journal is.")]


class RedisOut(SuccessOut, frozen=True, kw_only=True):
    """A real round trip to Redis."""

    message: Annotated[str, about("What happened.", "Redis connection healthy")] = "Redis connection healthy"
    tests: Annotated[dict[str, bool], about("What was tried.", {"set": True, "get": True, "delete": True})]
    environment: Annotated[dict[str, Any], about("Always empty: nothing of the configuration is told.", {})] = (
        msgspec.field(default_factory=dict)
    )


class RedisFailedOut(Shape, frozen=True, kw_only=True):
    """A round trip that failed."""

    success: Annotated[bool, about("Always false.", False)] = False
    error: Annotated[str, about("What is wrong.", "Redis answered wrongly.")]
    details: Annotated[dict[str, Any], about("Always empty.", {})] = msgspec.field(default_factory=dict)
    environment: Annotated[dict[str, Any], about("Always empty.", {})] = msgspec.field(default_factory=dict)
