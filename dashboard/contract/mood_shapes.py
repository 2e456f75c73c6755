"""Moods, as the existing API answers."""

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
    """A mood that was noted, and the stats with it."""

    message: Annotated[str, about("What happened.", "Mood entry added")] = "Mood entry added"
    data: Annotated[StatsOut, about("The stats.")]


class EntryOut(Shape, frozen=True, kw_only=True):
    """A mood entry; a note and tags only if it has some."""

    id: Annotated[str, about("The entry's id.", "mood_0f1e2d3c4b5a6978")]
    score: Annotated[float, about("From 0 (very low) to 10 (very good).", 7.5)]
    timestamp: Annotated[Moment, about("The moment that it is of.")]
    note: Annotated[str | UnsetType, about("The user's own words.", "slept well")] = UNSET
    tags: Annotated[tuple[str, ...] | UnsetType, about("What went with it.", ["sleep"])] = UNSET

    @classmethod
    def of(cls, entry: MoodEntry) -> Self:
        """Return an entry as it is shown."""
        return cls(
            id=entry.id,
            score=number(entry.score),
            timestamp=entry.timestamp,
            note=entry.note or UNSET,
            tags=tuple(entry.tags) or UNSET,
        )


class FiguresOut(Shape, frozen=True, kw_only=True):
    """Figures about the entries; 0 without any."""

    average: Average
    highest: Highest
    lowest: Lowest
    trend: Trend
    total_entries: Entries


class MoodsAnswer(StaleOut, frozen=True, kw_only=True):
    """Moods, newest first, and figures about them."""

    success: Success = True
    history: Annotated[tuple[EntryOut, ...], about("The entries.")]
    stats: Annotated[FiguresOut, about("Figures about them.")]
    days: ShownDays

    @classmethod
    def of(cls, shown: Moods) -> Self:
        """Return moods as they are shown."""
        history = tuple(EntryOut.of(entry) for entry in shown.entries)
        stats = FiguresOut(**figures_of(shown.entries))
        return cls(history=history, stats=stats, days=shown.days, **staleness(shown.answer))


class DayScoreOut(Shape, frozen=True, kw_only=True):
    """A day's average."""

    date: Annotated[Day, about("The day, by the user's own calendar.")]
    score: Average
    label: Label


class MoodHistoryAnswer(StaleOut, frozen=True, kw_only=True):
    """An average for each day with entries."""

    success: Success = True
    history: Annotated[tuple[DayScoreOut, ...], about("The days, oldest first.")]
    days: ShownDays

    @classmethod
    def of(cls, shown: Moods) -> Self:
        """Return the days as they are shown."""
        history = tuple(
            DayScoreOut(date=day.isoformat(), score=number(rounded(average)), label=label(average))
            for day, average in by_day(shown.entries, shown.calendar)
        )
        return cls(history=history, days=shown.days, **staleness(shown.answer))


class MoodRangeOut(Shape, frozen=True, kw_only=True):
    """Between which scores the moods were."""

    highest: Highest
    lowest: Lowest


class BasisOut(Shape, frozen=True, kw_only=True):
    """The numbers that the sentences rest on, in the same order."""

    summary: Annotated[Numbers, about("Those of the summary.", {"entries": 4})]
    patterns: Annotated[tuple[Numbers, ...], about("Those of the patterns.", [])]
    recommendations: Annotated[tuple[Numbers, ...], about("Those of the recommendations.", [{"trend": "stable"}])]


class InsightsOut(Shape, frozen=True, kw_only=True):
    """Plain sentences about the last 30 days."""

    summary: Annotated[str, about("One sentence about all entries.", "Over 4 entries your mood was 6.5 on average.")]
    patterns: Annotated[tuple[str, ...], about("What goes together.", [])]
    recommendations: Annotated[tuple[str, ...], about("What may help.", ["A few words beside a score help."])]
    trend: Trend
    average_mood: Average
    mood_range: Annotated[MoodRangeOut, about("Between which scores the moods were.")]
    basis: Annotated[BasisOut, about("The numbers that the sentences rest on.")]

    @classmethod
    def of(cls, found: Insights) -> Self:
        """Return sentences; beside them, under `basis`, the numbers that each rests on."""
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
    """Sentences, or why there are none."""

    success: Annotated[bool, about("False if there are too few entries.", True)]
    insights: Annotated[InsightsOut | UnsetType, about("The sentences, if there are some.")] = UNSET
    error: Annotated[str | UnsetType, about("Why there are none.", "Not enough mood data yet.")] = UNSET

    @classmethod
    def of(cls, found: Insights | None, shown: Moods) -> Self:
        """Return the sentences about the moods that are shown."""
        if found is None:
            text = "Not enough mood data yet. Track your mood for a few days to see insights."
            return cls(success=False, error=text, **staleness(shown.answer))
        return cls(success=True, insights=InsightsOut.of(found), **staleness(shown.answer))
