"""From what is stored of active days to the dates of the user's own calendar."""

from collections.abc import Mapping
from datetime import date

from accounts.calendar import Calendar


def dates_in(marks: Mapping[str, str], calendar: Calendar) -> set[date]:
    """Return the user's dates that are touched by `marks` (UTC date -> "first last" in ms)."""
    return {calendar.date_of(int(moment)) for mark in marks.values() for moment in mark.split()}
