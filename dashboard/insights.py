"""Plain sentences about a user's moods, each with the numbers it is computed from. None is a diagnosis."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from accounts.calendar import Calendar
from api.answers.shapes import about
from dashboard.models import MoodEntry
from dashboard.statistics import MoodStatistics, by_weekday, statistics, tag_links

NEEDS_ENTRIES = 3
NOTABLE_DIFFERENCE = 1.0
_NEEDS_EACH = 2
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_TRENDS = {
    "improving": "Your newer entries are higher than the ones before.",
    "declining": "Your newer entries are lower than the ones before.",
    "stable": "Your newer entries are much like the ones before.",
}
_RECOMMENDATIONS = {
    "improving": "Note what has been different lately, so that you can come back to it.",
    "declining": "Think of one small thing that did you good before, and of somebody you could tell how you are.",
    "stable": "A few words beside a score help to see later what moved it.",
}


@dataclass(frozen=True, slots=True)
class Insight:
    """A sentence and the numbers behind it."""

    text: Annotated[str, about("The sentence.", "With the tag “sleep” your mood was 7 on average, without it 5.")]
    numbers: Annotated[dict[str, Any], about("The numbers behind it, by name.", {"entries": 4})] = field(
        default_factory=dict
    )


@dataclass(frozen=True, slots=True)
class Insights:
    """The insights about some moods."""

    summary: Insight
    patterns: tuple[Insight, ...]
    recommendations: tuple[Insight, ...]
    statistics: MoodStatistics


def insights(entries: Sequence[MoodEntry], calendar: Calendar) -> Insights | None:
    """Return the insights about the entries (newest first); None if there are too few entries."""
    if len(entries) < NEEDS_ENTRIES:
        return None
    figures = statistics(entries)
    return Insights(
        summary=_summary(figures),
        patterns=(*_weekday_patterns(entries, calendar), *_tag_patterns(entries)),
        recommendations=(Insight(_RECOMMENDATIONS[figures.trend], {"trend": figures.trend}),),
        statistics=figures,
    )


def _summary(figures: MoodStatistics) -> Insight:
    text = (
        f"Over {figures.total_entries} entries your mood was {figures.average:g} on average, "
        f"between {figures.lowest:g} and {figures.highest:g}. {_TRENDS[figures.trend]}"
    )
    numbers = {"entries": figures.total_entries, "average": figures.average}
    return Insight(text, numbers | {"lowest": figures.lowest, "highest": figures.highest, "trend": figures.trend})


def _weekday_patterns(entries: Sequence[MoodEntry], calendar: Calendar) -> list[Insight]:
    days = sorted(
        (day for day in by_weekday(entries, calendar) if day.entries >= _NEEDS_EACH), key=lambda day: day.average
    )
    if len(days) < 2 or days[-1].average - days[0].average < NOTABLE_DIFFERENCE:
        return []
    low, high = days[0], days[-1]
    low_name, high_name = _WEEKDAYS[int(low.name)], _WEEKDAYS[int(high.name)]
    text = f"On {high_name} your mood was {high.average:g} on average, on {low_name} {low.average:g}."
    numbers = {high_name: high.average, low_name: low.average}
    return [Insight(text, {"averages": numbers, "entries": {high_name: high.entries, low_name: low.entries}})]


def _tag_patterns(entries: Sequence[MoodEntry]) -> list[Insight]:
    found = []
    for link in tag_links(entries):
        others = len(entries) - link.entries
        if link.average_without is None or min(link.entries, others) < _NEEDS_EACH:
            continue
        if abs(link.average - link.average_without) >= NOTABLE_DIFFERENCE:
            text = (
                f"With the tag “{link.tag}” your mood was {link.average:g} on average, "
                f"without it {link.average_without:g}."
            )
            numbers = {"with": link.average, "without": link.average_without}
            found.append(Insight(text, {"averages": numbers, "entries": {"with": link.entries, "without": others}}))
    return found
