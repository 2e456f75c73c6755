"""The shapes of moods and streaks under /api/v1."""

from dataclasses import asdict
from typing import Any

from rest_framework import serializers

from api.answers.pages import page_out
from api.answers.staleness import stale_out
from api.requests.fields import (
    IdField,
    MomentField,
    StrictBooleanField,
    StrictCharField,
    StrictFloatField,
    StrictSerializer,
    StrictTextField,
)
from dashboard.insights import Insights
from dashboard.listing import MoodPage
from dashboard.models import MoodEntry
from dashboard.selectors import Moods, Streaks
from dashboard.services import NOTE_MAX_LENGTH, TAG_MAX_LENGTH, TAGS_AT_MOST
from dashboard.shapes import entry_out, number, statistics_out
from dashboard.statistics import MoodOf, by_day, by_weekday, distribution, label, rounded, statistics, tag_links


class MoodIn(StrictSerializer):
    """A new entry; without a `timestamp` it is of now."""

    id = IdField(required=False)
    score = StrictFloatField(min_value=0, max_value=10)
    note = StrictTextField(max_length=NOTE_MAX_LENGTH, required=False, default="", allow_blank=True)
    tags = serializers.ListField(
        child=StrictCharField(max_length=TAG_MAX_LENGTH), max_length=TAGS_AT_MOST, required=False, default=list
    )
    timestamp = MomentField(required=False)


class MoodChange(StrictSerializer):
    """What is to be corrected; what is left out stays."""

    score = StrictFloatField(min_value=0, max_value=10, required=False)
    note = StrictTextField(max_length=NOTE_MAX_LENGTH, required=False, allow_blank=True)
    tags = serializers.ListField(
        child=StrictCharField(max_length=TAG_MAX_LENGTH), max_length=TAGS_AT_MOST, required=False
    )
    timestamp = MomentField(required=False)


class StreaksChange(StrictSerializer):
    """Whether streaks are shown."""

    enabled = StrictBooleanField()


def mood_out(entry: MoodEntry) -> dict[str, Any]:
    """Return one entry with all its fields."""
    return entry_out(entry) | {"note": entry.note, "tags": entry.tags}


def mood_page_out(found: MoodPage) -> dict[str, Any]:
    """Return a page of entries, newest first; `days` is how far back the plan shows them (null: all)."""
    items = [mood_out(entry) for entry in found.entries]
    return page_out(items, after=found.after) | {"days": found.days} | stale_out(found.answer)


def mood_statistics_out(shown: Moods, found: Insights | None) -> dict[str, Any]:
    """Return all figures about the entries, and the sentences that follow from them with the numbers they rest on."""
    return {
        "days": shown.days,
        **statistics_out(statistics(shown.entries)),
        "byDay": [
            {"date": day.isoformat(), "average": number(rounded(average)), "label": label(average)}
            for day, average in by_day(shown.entries, shown.calendar)
        ],
        "byWeekday": [_mood_of_out(each, "weekday") for each in by_weekday(shown.entries, shown.calendar)],
        "distribution": [_mood_of_out(each, "label") for each in distribution(shown.entries)],
        "tags": [
            {
                "tag": link.tag,
                "average": number(link.average),
                "entries": link.entries,
                "averageWithout": None if link.average_without is None else number(link.average_without),
            }
            for link in tag_links(shown.entries)
        ],
        "insights": [asdict(each) for each in (found.summary, *found.patterns, *found.recommendations)]
        if found
        else [],
        **stale_out(shown.answer),
    }


def _mood_of_out(found: MoodOf, name: str) -> dict[str, Any]:
    shown_name = int(found.name) if name == "weekday" else found.name
    average = number(found.average) if found.entries else None
    return {name: shown_name, "average": average, "entries": found.entries}


def streaks_out(shown: Streaks) -> dict[str, Any]:
    """Return each streak with the days that count and why; none where the user has switched them off."""
    streaks = {
        name: {
            "current": found.current,
            "longest": found.longest,
            "todayCounts": found.today_counts,
            "days": [day.isoformat() for day in found.days],
            "brokenOn": found.broken_on.isoformat() if found.broken_on else None,
            "why": found.why,
        }
        for name, found in shown.of.items()
    }
    return {"enabled": shown.are_shown, "streaks": streaks, **stale_out(shown.answer)}
