"""The dashboard's Redis models."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from api.answers.shapes import about
from redis_models.schema.codec import iso_from_ms
from redis_models.schema.model import HashModel
from texts.typed_json import decoder

STATS_FIELDS = ("conversations", "mood_score", "days_active", "recent_conversations")
"""The order in which the scripts return a user's stats."""


@dataclass(frozen=True, slots=True)
class RecentConversation:
    """One of the three newest conversations."""

    timestamp: Annotated[str, about("When it was created, ISO 8601 UTC.", "2026-11-23T08:00:00.000Z")]
    summary: Annotated[str, about("Its title.", "A slow Monday")]


@dataclass(frozen=True, slots=True)
class UserStats(HashModel):
    """`user:{id}:stats` as the dashboard shows it. Only scripts write the hash. `mood_score` is 0 to 10."""

    conversations: int = 0
    mood_score: float = 0.0
    days_active: int = 0
    recent_conversations: tuple[RecentConversation, ...] = ()


class _StoredMood(msgspec.Struct):
    score: float
    id: str = ""
    note: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MoodEntry:
    """One member of `user:{id}:mood_history`: a score from 0 to 10 at a moment (ms since the epoch).

    `nameless` is the member itself if an older server wrote it without an id; the id is then derived from it.
    """

    id: str
    score: float
    moment_ms: int
    note: str = ""
    tags: tuple[str, ...] = ()
    nameless: str = ""

    @property
    def timestamp(self) -> str:
        """Return the moment as ISO 8601 UTC."""
        return iso_from_ms(self.moment_ms)


def mood_entry(member: str, *, moment_ms: int) -> MoodEntry | None:
    """Return the entry of a member of the history; None if the member has another shape."""
    try:
        stored = decoder(_StoredMood).decode(member)
    except msgspec.MsgspecError:
        return None
    digest = hashlib.sha256(f"{moment_ms} {member}".encode()).hexdigest()[:20]
    return MoodEntry(
        id=stored.id or f"mood_{digest}",
        score=stored.score,
        moment_ms=moment_ms,
        note=stored.note or "",
        tags=stored.tags,
        nameless="" if stored.id else member,
    )


def mood_entries(flat: Sequence[Any]) -> tuple[MoodEntry, ...]:
    """Return the entries of a flat reply {member, ms, ...}, in its order; members of another shape are left out."""
    found = (mood_entry(member, moment_ms=int(float(ms))) for member, ms in zip(flat[::2], flat[1::2], strict=True))
    return tuple(entry for entry in found if entry is not None)
