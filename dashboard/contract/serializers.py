"""The shapes of the dashboard's requests and responses."""

from typing import Any

from api.answers.staleness import stale_out
from dashboard.insights import Insights
from dashboard.selectors import Dashboard, Moods, Streaks
from dashboard.shapes import entry_out, number, statistics_out, stats_out
from dashboard.statistics import by_day, label, rounded, statistics
from dashboard.streaks import Streak
from redis_models.schema.codec import iso_from_ms


def dashboard_out(shown: Dashboard, *, redis_healthy: bool) -> dict[str, Any]:
    """Return the dashboard; one that does not come from Redis says how old it is and how many writes wait."""
    answer = shown.answer
    origin = {} if answer.is_live else {
        "stale": True,
        "asOf": iso_from_ms(answer.as_of_ms) if answer.as_of_ms else None,
        "pending": answer.pending,
    }  # fmt: skip
    return {"success": True, "data": stats_out(shown), "redisHealthy": redis_healthy and answer.is_live, **origin}


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
