"""The shapes of the dashboard's requests and responses."""

from dataclasses import asdict
from typing import Any

from rest_framework.request import Request

from accounts.serializers import stale_out
from dashboard.insights import Insights
from dashboard.models import MoodEntry
from dashboard.selectors import ENTRIES_AT_MOST, Dashboard, Moods, Streaks
from dashboard.statistics import MoodStatistics, by_day, label, rounded, statistics
from dashboard.streaks import Streak
from redis_models.errors import Invalid
from redis_models.schema.codec import iso_from_ms

DAYS_AT_MOST = 3660


def stats_out(shown: Dashboard) -> dict[str, Any]:
    """Return the contract's `data`."""
    stats = shown.stats
    return {
        "conversations": stats.conversations,
        "mood_score": number(stats.mood_score),
        "days_active": stats.days_active,
        "recent_conversations": [asdict(recent) for recent in stats.recent_conversations],
        "plan": shown.plan.capitalize(),
    }


def number(value: float) -> int | float:
    """Return a whole number as JSON writes whole numbers."""
    return int(value) if float(value).is_integer() else value


def dashboard_out(shown: Dashboard, *, redis_healthy: bool) -> dict[str, Any]:
    """Return the dashboard; one that does not come from Redis says how old it is and how many writes wait."""
    answer = shown.answer
    origin = {} if answer.is_live else {
        "stale": True,
        "asOf": iso_from_ms(answer.as_of_ms) if answer.as_of_ms else None,
        "pending": answer.pending,
    }  # fmt: skip
    return {"success": True, "data": stats_out(shown), "redisHealthy": redis_healthy and answer.is_live, **origin}


def dashboard_v1_out(shown: Dashboard, *, redis_healthy: bool) -> dict[str, Any]:
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


def days_in(request: Request, *, default: int) -> int:
    """Return the query's number of days; raises Invalid."""
    return _whole_in(request, "days", default=default, most=DAYS_AT_MOST)


def limit_in(request: Request, *, default: int) -> int:
    """Return the query's number of entries; raises Invalid."""
    return _whole_in(request, "limit", default=default, most=ENTRIES_AT_MOST)


def _whole_in(request: Request, name: str, *, default: int, most: int) -> int:
    text = request.query_params.get(name) or str(default)
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most:
        return int(text)
    raise Invalid(f"{name} must be a whole number from 1 to {most}")


def entry_out(entry: MoodEntry) -> dict[str, Any]:
    """Return one mood entry; a note and tags where it has some."""
    out: dict[str, Any] = {"id": entry.id, "score": number(entry.score), "timestamp": entry.timestamp}
    return out | ({"note": entry.note} if entry.note else {}) | ({"tags": entry.tags} if entry.tags else {})


def statistics_out(figures: MoodStatistics) -> dict[str, Any]:
    """Return the contract's figures about moods."""
    return {
        "average": number(figures.average),
        "highest": number(figures.highest),
        "lowest": number(figures.lowest),
        "trend": figures.trend,
        "totalEntries": figures.total_entries,
    }


def moods_out(shown: Moods) -> dict[str, Any]:
    """Return the entries, newest first, with the figures about them; `days` is what the plan shows (null: all)."""
    history = [entry_out(entry) for entry in shown.entries]
    figures = statistics_out(statistics(shown.entries))
    return {"success": True, "history": history, "stats": figures, "days": shown.days, **stale_out(shown.answer)}


def mood_history_out(shown: Moods) -> dict[str, Any]:
    """Return an average for each day with entries, oldest first."""
    history = [
        {"date": day.isoformat(), "score": number(rounded(average)), "label": label(average)}
        for day, average in by_day(shown.entries, shown.calendar)
    ]
    return {"success": True, "history": history, "days": shown.days, **stale_out(shown.answer)}


def insights_out(found: Insights | None, shown: Moods) -> dict[str, Any]:
    """Return sentences; beside them, under `basis`, the numbers that each rests on."""
    if found is None:
        text = "Not enough mood data yet. Track your mood for a few days to see insights."
        return {"success": False, "error": text, **stale_out(shown.answer)}
    figures = found.statistics
    insights = {
        "summary": found.summary.text,
        "patterns": [pattern.text for pattern in found.patterns],
        "recommendations": [recommendation.text for recommendation in found.recommendations],
        "trend": figures.trend,
        "averageMood": number(figures.average),
        "moodRange": {"highest": number(figures.highest), "lowest": number(figures.lowest)},
        "basis": {
            "summary": found.summary.numbers,
            "patterns": [pattern.numbers for pattern in found.patterns],
            "recommendations": [recommendation.numbers for recommendation in found.recommendations],
        },
    }
    return {"success": True, "insights": insights, **stale_out(shown.answer)}


def streaks_out(shown: Streaks) -> dict[str, Any]:
    """Return the contract's four numbers; all are 0, and `enabled` false, where the user has switched streaks off."""
    of = {name: shown.of.get(name, Streak()) for name in ("mood", "journal", "chat")}
    streaks = {f"{name}Streak": found.current for name, found in of.items()}
    longest = max(found.longest for found in of.values())
    origin = stale_out(shown.answer)
    return {"success": True, "streaks": streaks | {"longestStreak": longest}, "enabled": shown.are_shown, **origin}
