"""Answers about stats and moods that both APIs share, and the numbers in their queries."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

import msgspec
from rest_framework.request import Request

from api.answers.shapes import about
from dashboard.models import MoodEntry, RecentConversation
from dashboard.selectors import ENTRIES_AT_MOST, Dashboard
from dashboard.statistics import Trend as TrendWord
from dashboard.statistics import statistics
from redis_models.errors import Invalid

DAYS_AT_MOST = 3660


Average = Annotated[float, about("The average of the scores, from 0 to 10.", 6.5)]
Highest = Annotated[float, about("The highest score.", 9)]
Lowest = Annotated[float, about("The lowest score.", 3)]
Trend = Annotated[TrendWord, about("The trend from older to newer entries.", "stable")]
Entries = Annotated[int, about("The number of entries.", 4)]
ShownDays = Annotated[int | None, about("The number of days that the plan shows; null means all.", 7)]
Label = Annotated[str, about("The average in words.", "Good")]


class StatsOut(msgspec.Struct, frozen=True, kw_only=True):
    """A user's stats, as the existing API and the commands show them."""

    conversations: Annotated[int, about("The number of conversations.", 4)]
    mood_score: Annotated[float, about("The newest mood, from 0 to 10.", 7.5)]
    days_active: Annotated[int, about("The number of days on which the user was active.", 12)]
    recent_conversations: Annotated[
        tuple[RecentConversation, ...], about("The three newest conversations, newest first.")
    ]
    plan: Annotated[str, about("The user's plan, with a capital letter.", "Free")]

    @classmethod
    def of(cls, shown: Dashboard) -> Self:
        """Return the answer for a dashboard."""
        stats = shown.stats
        return cls(
            conversations=stats.conversations,
            mood_score=number(stats.mood_score),
            days_active=stats.days_active,
            recent_conversations=stats.recent_conversations,
            plan=shown.plan.capitalize(),
        )


def number(value: float) -> int | float:
    """Return a whole number as int, so that JSON shows it without decimals."""
    return int(value) if float(value).is_integer() else value


def figures_of(entries: Sequence[MoodEntry]) -> dict[str, Any]:
    """Return the statistics that both APIs show, by field name."""
    figures = statistics(entries)
    return {
        "average": number(figures.average),
        "highest": number(figures.highest),
        "lowest": number(figures.lowest),
        "trend": figures.trend,
        "total_entries": figures.total_entries,
    }


def days_in(request: Request, *, default: int) -> int:
    """Return the query's number of days; raises Invalid."""
    return _whole_in(request, "days", default=default, most=DAYS_AT_MOST)


def limit_in(request: Request, *, default: int) -> int:
    """Return the query's number of entries; raises Invalid."""
    return _whole_in(request, "limit", default=default, most=ENTRIES_AT_MOST)


def _whole_in(request: Request, name: str, *, default: int, most: int) -> int:
    text = request.query_params.get(name) or str(default)
    if text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= most:
        return int(text)
    raise Invalid(f"{name} must be a whole number from 1 to {most}")
