"""Convert stored active days to dates in the user's own calendar."""

from collections.abc import Mapping
from datetime import date

from accounts.calendar import Calendar


def dates_in(marks: Mapping[str, str], calendar: Calendar) -> set[date]:
    """Return the user's dates of `marks` (UTC date -> "first last", times in ms)."""
    return {calendar.date_of(int(moment)) for mark in marks.values() for moment in mark.split()}
