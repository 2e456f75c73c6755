"""Statistics about moods, computed only from the entries: the existing API's, and by day, weekday, score and tag."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, TypeVar

from accounts.calendar import Calendar
from dashboard.models import MoodEntry
from texts.normal_form import caseless

Key = TypeVar("Key")
Trend = Literal["improving", "declining", "stable"]

TREND_NEEDS_ENTRIES = 4
TREND_STEP = 0.5
_LABELS = ((2, "Very Low"), (4, "Low"), (6, "Moderate"), (8, "Good"))


@dataclass(frozen=True, slots=True)
class MoodStatistics:
    """The existing API's statistics; all 0 and `stable` if there are no entries."""

    average: float = 0.0
    highest: float = 0.0
    lowest: float = 0.0
    trend: Trend = "stable"
    total_entries: int = 0


@dataclass(frozen=True, slots=True)
class MoodOf:
    """The average and number of some entries; `name` is their day, weekday (0 is Monday), label or tag."""

    name: str
    average: float
    entries: int


@dataclass(frozen=True, slots=True)
class TagLink:
    """The average of the entries with a tag, and that of the entries without it (None if all have it)."""

    tag: str
    average: float
    entries: int
    average_without: float | None


def rounded(value: float) -> float:
    """Return the value with one decimal, half up: 6.25 becomes 6.3."""
    return float(Decimal(repr(value)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def mean(entries: Sequence[MoodEntry]) -> float:
    """Return the unrounded average of at least one entry, computed without binary rounding errors."""
    return float(sum(Decimal(repr(entry.score)) for entry in entries) / len(entries))


def statistics(entries: Sequence[MoodEntry]) -> MoodStatistics:
    """Return the statistics of entries, newest first."""
    if not entries:
        return MoodStatistics()
    scores = [entry.score for entry in entries]
    return MoodStatistics(rounded(mean(entries)), max(scores), min(scores), trend(entries), len(entries))


def trend(entries: Sequence[MoodEntry]) -> Trend:
    """Compare the newer half of the entries (rounded down) with the rest: improving, declining, or stable."""
    if len(entries) < TREND_NEEDS_ENTRIES:
        return "stable"
    half = len(entries) // 2
    change = mean(entries[:half]) - mean(entries[half:])
    if abs(change) <= TREND_STEP:
        return "stable"
    return "improving" if change > 0 else "declining"


def label(average: float) -> str:
    """Return the word for an unrounded average."""
    return next((word for bound, word in _LABELS if average < bound), "Excellent")


def by_day(entries: Iterable[MoodEntry], calendar: Calendar) -> list[tuple[date, float]]:
    """Return the days with entries, oldest first, each with its unrounded average."""
    groups = _grouped(entries, lambda entry: calendar.date_of(entry.moment_ms))
    return [(day, mean(groups[day])) for day in sorted(groups)]


def by_weekday(entries: Iterable[MoodEntry], calendar: Calendar) -> list[MoodOf]:
    """Return the weekdays with entries, Monday (0) first."""
    groups = _grouped(entries, lambda entry: calendar.date_of(entry.moment_ms).weekday())
    return [_mood_of(str(weekday), groups[weekday]) for weekday in sorted(groups)]


def distribution(entries: Iterable[MoodEntry]) -> list[MoodOf]:
    """Return all labels, lowest first, each with the statistics of its entries."""
    groups = _grouped(entries, lambda entry: label(entry.score))
    words = [*(word for _, word in _LABELS), "Excellent"]
    return [_mood_of(word, groups[word]) if word in groups else MoodOf(word, 0.0, 0) for word in words]


def tag_links(entries: Sequence[MoodEntry]) -> list[TagLink]:
    """Return each tag with the averages with and without it, most frequent tag first.

    Tags that differ only in case or normal form are one, as the newest entry has it. The work is linear in the tags.
    """
    names: dict[str, str] = {}
    scores: dict[str, list[Decimal]] = defaultdict(list)
    for entry in entries:
        for key, tag in {caseless(tag): tag for tag in entry.tags}.items():
            names.setdefault(key, tag)
            scores[key].append(Decimal(repr(entry.score)))
    total = sum((Decimal(repr(entry.score)) for entry in entries), Decimal(0))
    links = [_link(names[key], scores[key], total, entries=len(entries)) for key in scores]
    return sorted(links, key=lambda link: (-link.entries, link.tag))


def _link(tag: str, scores: Sequence[Decimal], total: Decimal, *, entries: int) -> TagLink:
    with_it, others = sum(scores, Decimal(0)), entries - len(scores)
    without = rounded(float((total - with_it) / others)) if others else None
    return TagLink(tag, rounded(float(with_it / len(scores))), len(scores), without)


def _mood_of(name: str, entries: Sequence[MoodEntry]) -> MoodOf:
    return MoodOf(name, rounded(mean(entries)), len(entries))


def _grouped(entries: Iterable[MoodEntry], key: Callable[[MoodEntry], Key]) -> dict[Key, list[MoodEntry]]:
    groups: dict[Key, list[MoodEntry]] = defaultdict(list)
    for entry in entries:
        groups[key(entry)].append(entry)
    return groups
