"""The shape of the dashboard under /api/v1."""

from dataclasses import asdict
from typing import Any

from dashboard.selectors import Dashboard
from dashboard.shapes import number
from redis_models.schema.codec import iso_from_ms


def dashboard_out(shown: Dashboard, *, redis_healthy: bool) -> dict[str, Any]:
    """Return the dashboard in camelCase, with the plan as profiles write it."""
    stats, answer = shown.stats, shown.answer
    return {
        "conversations": stats.conversations,
        "moodScore": number(stats.mood_score),
        "daysActive": stats.days_active,
        "recentConversations": [asdict(recent) for recent in stats.recent_conversations],
        "plan": shown.plan,
        "redisHealthy": redis_healthy and answer.is_live,
        "asOf": iso_from_ms(answer.as_of_ms) if answer.as_of_ms else None,
        **({} if answer.is_live else {"stale": True, "pending": answer.pending}),
    }
