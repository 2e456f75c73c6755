"""What both APIs say alike of stats and moods, and the numbers that their queries hold."""

from dataclasses import asdict
from typing import Any

from rest_framework.request import Request

from dashboard.models import MoodEntry
from dashboard.selectors import ENTRIES_AT_MOST, Dashboard
from dashboard.statistics import MoodStatistics
from redis_models.errors import Invalid

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
