"""The shapes of the dashboard's responses."""

from dataclasses import asdict
from typing import Any

from dashboard.selectors import Dashboard
from redis_models.codec import iso_from_ms


def stats_out(shown: Dashboard) -> dict[str, Any]:
    """Return the contract's `data`."""
    stats = shown.stats
    score = stats.mood_score
    return {
        "conversations": stats.conversations,
        "mood_score": int(score) if score.is_integer() else score,
        "days_active": stats.days_active,
        "recent_conversations": [asdict(recent) for recent in stats.recent_conversations],
        "plan": shown.plan.capitalize(),
    }


def dashboard_out(shown: Dashboard, *, redis_healthy: bool) -> dict[str, Any]:
    """Return the dashboard; one that does not come from Redis says how old it is and how many writes wait."""
    answer = shown.answer
    origin = {} if answer.is_live else {
        "stale": True,
        "asOf": iso_from_ms(answer.as_of_ms) if answer.as_of_ms else None,
        "pending": answer.pending,
    }  # fmt: skip
    return {"success": True, "data": stats_out(shown), "redisHealthy": redis_healthy and answer.is_live, **origin}
