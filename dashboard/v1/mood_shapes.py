"""Answers about moods and their statistics, under /api/v1."""

from typing import Annotated, Self

from msgspec import UNSET, Meta

from api.answers.pages import cursors
from api.answers.shapes import Day, Durable, Moment, PageOut, Shape, StaleOut, State, about
from api.answers.staleness import staleness
from dashboard.insights import Insight, Insights
from dashboard.listing import MoodPage
from dashboard.models import MoodEntry
from dashboard.selectors import Moods
from dashboard.shapes import Average, Entries, Highest, Label, Lowest, ShownDays, Trend, figures_of, number
from dashboard.statistics import MoodOf, TagLink, by_day, by_weekday, distribution, label, rounded, tag_links


class MoodOut(Shape, frozen=True, kw_only=True):
    """One mood."""

    id: Annotated[str, about("The entry's id.", "mood_3q8w1e5r9t2y6u4i0o7p")]
    score: Annotated[float, Meta(ge=0, le=10), about("From 0 (very low) to 10 (very good).", 7.5)]
    timestamp: Annotated[Moment, about("The moment of the mood.")]
    note: Annotated[str, about("A note in the user's words; may be empty.", "slept well")]
    tags: Annotated[tuple[str, ...], about("Tags.", ["sleep"])]

    @classmethod
    def of(cls, entry: MoodEntry) -> Self:
        """Return the answer for an entry."""
        return cls(
            id=entry.id,
            score=number(entry.score),
            timestamp=entry.timestamp,
            note=entry.note,
            tags=tuple(entry.tags),
        )


class MoodChangedOut(MoodOut, frozen=True, kw_only=True):
    """A mood after a correction."""

    state: State = "stored"
    durable: Durable = UNSET


class MoodPageOut(PageOut, frozen=True, kw_only=True):
    """Moods, newest first."""

    items: Annotated[tuple[MoodOut, ...], about("The entries of the page.")]
    days: ShownDays

    @classmethod
    def of(cls, found: MoodPage) -> Self:
        """Return the answer for a page."""
        items = tuple(MoodOut.of(entry) for entry in found.entries)
        return cls(items=items, days=found.days, **cursors(after=found.after), **staleness(found.answer))


class MoodOfDayOut(Shape, frozen=True, kw_only=True):
    """A day's average."""

    date: Annotated[Day, about("The day, in the user's own calendar.")]
    average: Average
    label: Label


class MoodOfWeekdayOut(Shape, frozen=True, kw_only=True):
    """A weekday's average."""

    weekday: Annotated[int, Meta(ge=0, le=6), about("0 is Monday.", 0)]
    average: Average
    entries: Entries


class MoodOfLabelOut(Shape, frozen=True, kw_only=True):
    """The entries with one label."""

    label: Label
    average: Annotated[float | None, about("The average of the scores; null if there are no entries.", 6.5)]
    entries: Entries


class MoodOfTagOut(Shape, frozen=True, kw_only=True):
    """The entries with a tag, compared with those without it."""

    tag: Annotated[str, about("The tag.", "sleep")]
    average: Average
    entries: Entries
    average_without: Annotated[float | None, about("The average of the entries without it; null if all have it.", 5.2)]

    @classmethod
    def of(cls, link: TagLink) -> Self:
        """Return the answer for a tag."""
        without = None if link.average_without is None else number(link.average_without)
        return cls(tag=link.tag, average=number(link.average), entries=link.entries, average_without=without)


class MoodStatisticsOut(StaleOut, frozen=True, kw_only=True):
    """Statistics about the last days, and insights based on them."""

    days: ShownDays
    average: Average
    highest: Highest
    lowest: Lowest
    trend: Trend
    total_entries: Entries
    by_day: Annotated[tuple[MoodOfDayOut, ...], about("The averages of the days with entries, oldest first.")]
    by_weekday: Annotated[tuple[MoodOfWeekdayOut, ...], about("The averages of the weekdays with entries.")]
    distribution: Annotated[tuple[MoodOfLabelOut, ...], about("The entries of each label, lowest first.")]
    tags: Annotated[tuple[MoodOfTagOut, ...], about("The tags, compared with the entries without them.")]
    insights: Annotated[tuple[Insight, ...], about("Plain sentences; empty if there are too few entries.")]

    @classmethod
    def of(cls, shown: Moods, found: Insights | None) -> Self:
        """Return the answer for statistics."""
        entries, calendar = shown.entries, shown.calendar
        return cls(
            days=shown.days,
            **figures_of(entries),
            by_day=tuple(
                MoodOfDayOut(date=day.isoformat(), average=number(rounded(average)), label=label(average))
                for day, average in by_day(entries, calendar)
            ),
            by_weekday=tuple(
                MoodOfWeekdayOut(weekday=int(each.name), average=number(each.average), entries=each.entries)
                for each in by_weekday(entries, calendar)
            ),
            distribution=tuple(map(_of_label, distribution(entries))),
            tags=tuple(map(MoodOfTagOut.of, tag_links(entries))),
            insights=(found.summary, *found.patterns, *found.recommendations) if found else (),
            **staleness(shown.answer),
        )


def _of_label(found: MoodOf) -> MoodOfLabelOut:
    average = number(found.average) if found.entries else None
    return MoodOfLabelOut(label=found.name, average=average, entries=found.entries)
