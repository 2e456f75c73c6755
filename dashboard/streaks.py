"""Streaks: runs of consecutive dates in the user's own calendar, and the sentences that explain them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Streak:
    """The current run of days, and the length of the longest run.

    `days` are the days of the current run, ascending; it is empty if there is none. A run up to yesterday is still
    current. `today_counts` is whether today is part of it. If there is no current run, `broken_on` is the first missed
    day after the last run, and `broken_length` the length of that run.
    """

    days: tuple[date, ...] = ()
    longest: int = 0
    today_counts: bool = False
    broken_on: date | None = None
    broken_length: int = 0

    @property
    def current(self) -> int:
        """Return the length of the current run."""
        return len(self.days)

    @property
    def why(self) -> str:
        """Return one sentence that explains the streak."""
        if self.broken_on:
            return f"Nothing was noted on {self.broken_on.isoformat()}, so a run of {_days(self.broken_length)} ended."
        if not self.days:
            return "No day counts yet."
        if self.today_counts and self.current == 1:
            return "Today counts."
        if self.today_counts:
            return f"Every day since {self.days[0].isoformat()} counts, today included."
        if self.current == 1:
            return "Yesterday counts; today does not yet."
        return f"Every day since {self.days[0].isoformat()} counts; today does not yet."


def streak(dates: Iterable[date], *, today: date) -> Streak:
    """Return the streak of these dates, which may be in any order and repeat.

    After a journey west, the last date may be later than `today`. It then counts as today.
    """
    runs = _runs(sorted(set(dates)))
    if not runs:
        return Streak()
    last = runs[-1]
    now = max(today, last[-1])
    longest = max(len(run) for run in runs)
    if last[-1] < now - _DAY:
        return Streak(longest=longest, broken_on=last[-1] + _DAY, broken_length=len(last))
    return Streak(days=tuple(last), longest=longest, today_counts=last[-1] == now)


def _runs(ascending: list[date]) -> list[list[date]]:
    runs: list[list[date]] = []
    for day in ascending:
        if runs and day == runs[-1][-1] + _DAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"
