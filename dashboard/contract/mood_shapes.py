"""Answers about moods, of the existing API."""

from typing import Annotated, Any, Self

from msgspec import UNSET, UnsetType

from api.answers.shapes import AcceptedOut, Day, Moment, Shape, StaleOut, Success, about
from api.answers.staleness import staleness
from dashboard.insights import Insights
from dashboard.models import MoodEntry
from dashboard.selectors import Moods
from dashboard.shapes import Average, Entries, Highest, Label, Lowest, ShownDays, StatsOut, Trend, figures_of, number
from dashboard.statistics import by_day, label, rounded

Numbers = dict[str, Any]


class MoodNotedAnswer(AcceptedOut, frozen=True, kw_only=True):
    """A mood that was recorded, and the stats after it."""

    message: Annotated[str, about("What happened.", "Mood entry added")] = "Mood entry added"
    data: Annotated[StatsOut, about("The stats.")]


class EntryOut(Shape, frozen=True, kw_only=True):
    """A mood entry; note and tags are left out if it has none."""

    id: Annotated[str, about("The entry's id.", "mood_0f1e2d3c4b5a6978")]
    score: Annotated[float, about("From 0 (very low) to 10 (very good).", 7.5)]
    timestamp: Annotated[Moment, about("The moment of the mood.")]
    note: Annotated[str | UnsetType, about("A note in the user's words.", "slept well")] = UNSET
    tags: Annotated[tuple[str, ...] | UnsetType, about("Tags.", ["sleep"])] = UNSET

    @classmethod
    def of(cls, entry: MoodEntry) -> Self:
        """Return the answer for an entry."""
        return cls(
            id=entry.id,
            score=number(entry.score),
            timestamp=entry.timestamp,
            note=entry.note or UNSET,
            tags=tuple(entry.tags) or UNSET,
        )


class FiguresOut(Shape, frozen=True, kw_only=True):
    """Statistics about the entries; 0 if there are none."""

    average: Average
    highest: Highest
    lowest: Lowest
    trend: Trend
    total_entries: Entries


class MoodsAnswer(StaleOut, frozen=True, kw_only=True):
    """Moods, newest first, and statistics about them."""

    success: Success = True
    history: Annotated[tuple[EntryOut, ...], about("The entries.")]
    stats: Annotated[FiguresOut, about("Statistics about them.")]
    days: ShownDays

    @classmethod
    def of(cls, shown: Moods) -> Self:
        """Return the answer for moods."""
        history = tuple(EntryOut.of(entry) for entry in shown.entries)
        stats = FiguresOut(**figures_of(shown.entries))
        return cls(history=history, stats=stats, days=shown.days, **staleness(shown.answer))


class DayScoreOut(Shape, frozen=True, kw_only=True):
    """A day's average."""

    date: Annotated[Day, about("The day, in the user's own calendar.")]
    score: Average
    label: Label


class MoodHistoryAnswer(StaleOut, frozen=True, kw_only=True):
    """The average of each day with entries."""

    success: Success = True
    history: Annotated[tuple[DayScoreOut, ...], about("The days, oldest first.")]
    days: ShownDays

    @classmethod
    def of(cls, shown: Moods) -> Self:
        """Return the answer for the days of moods."""
        history = tuple(
            DayScoreOut(date=day.isoformat(), score=number(rounded(average)), label=label(average))
            for day, average in by_day(shown.entries, shown.calendar)
        )
        return cls(history=history, days=shown.days, **staleness(shown.answer))


class MoodRangeOut(Shape, frozen=True, kw_only=True):
    """The range of the scores."""

    highest: Highest
    lowest: Lowest


class BasisOut(Shape, frozen=True, kw_only=True):
    """The numbers behind the sentences, in the same order."""

    summary: Annotated[Numbers, about("The numbers behind the summary.", {"entries": 4})]
    patterns: Annotated[tuple[Numbers, ...], about("The numbers behind the patterns.", [])]
    recommendations: Annotated[
        tuple[Numbers, ...], about("The numbers behind the recommendations.", [{"trend": "stable"}])
    ]


class InsightsOut(Shape, frozen=True, kw_only=True):
    """Plain sentences about the last 30 days."""

    summary: Annotated[str, about("One sentence about all entries.", "Over 4 entries your mood was 6.5 on average.")]
    patterns: Annotated[tuple[str, ...], about("Patterns in the entries.", [])]
    recommendations: Annotated[tuple[str, ...], about("Suggestions.", ["A few words beside a score help."])]
    trend: Trend
    average_mood: Average
    mood_range: Annotated[MoodRangeOut, about("The range of the scores.")]
    basis: Annotated[BasisOut, about("The numbers behind the sentences.")]

    @classmethod
    def of(cls, found: Insights) -> Self:
        """Return the answer for insights; `basis` has the numbers behind each sentence."""
        figures = found.statistics
        return cls(
            summary=found.summary.text,
            patterns=tuple(pattern.text for pattern in found.patterns),
            recommendations=tuple(recommendation.text for recommendation in found.recommendations),
            trend=figures.trend,
            average_mood=number(figures.average),
            mood_range=MoodRangeOut(highest=number(figures.highest), lowest=number(figures.lowest)),
            basis=BasisOut(
                summary=found.summary.numbers,
                patterns=tuple(pattern.numbers for pattern in found.patterns),
                recommendations=tuple(recommendation.numbers for recommendation in found.recommendations),
            ),
        )


class InsightsAnswer(StaleOut, frozen=True, kw_only=True):
    """Insights, or why there are none."""

    success: Annotated[bool, about("False if there are too few entries.", True)]
    insights: Annotated[InsightsOut | UnsetType, about("The insights, if there are any.")] = UNSET
    error: Annotated[str | UnsetType, about("Why there are no insights.", "Not enough mood data yet.")] = UNSET

    @classmethod
    def of(cls, found: Insights | None, shown: Moods) -> Self:
        """Return the answer for insights about the shown moods."""
        if found is None:
            text = "Not enough mood data yet. Track your mood for a few days to see insights."
            return cls(success=False, error=text, **staleness(shown.answer))
        return cls(success=True, insights=InsightsOut.of(found), **staleness(shown.answer))
