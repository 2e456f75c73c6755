"""The dashboard's Redis models."""

from dataclasses import dataclass

from redis_models.model import HashModel

STATS_FIELDS = ("conversations", "mood_score", "days_active", "recent_conversations")
"""The order in which the scripts return a user's stats."""


@dataclass(frozen=True, slots=True)
class RecentConversation:
    """One of the three newest conversations: its creation (ISO 8601 UTC) and its title."""

    timestamp: str
    summary: str


@dataclass(frozen=True, slots=True)
class UserStats(HashModel):
    """`user:{id}:stats` as the dashboard shows it; the hash is written by scripts only. `mood_score` is 0 to 10."""

    conversations: int = 0
    mood_score: float = 0.0
    days_active: int = 0
    recent_conversations: tuple[RecentConversation, ...] = ()
