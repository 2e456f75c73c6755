"""Streaks, as /api/v1 answers."""

from typing import Annotated, Self

from api.answers.shapes import Day, Shape, StaleOut, StateOut, about
from api.answers.staleness import staleness
from dashboard.selectors import Streaks
from dashboard.streaks import Streak

Enabled = Annotated[bool, about("Whether streaks are shown.", True)]
_EXAMPLE = {
    "mood": {
        "current": 2,
        "longest": 5,
        "todayCounts": True,
        "days": ["2026-11-22", "2026-11-23"],
        "brokenOn": None,
        "why": "Every day since 2026-11-22 counts, today included.",
    }
}


class StreakOut(Shape, frozen=True, kw_only=True):
    """A streak: days in a row."""

    current: Annotated[int, about("The length of the current run.", 2)]
    longest: Annotated[int, about("The length of the longest run.", 5)]
    today_counts: Annotated[bool, about("Whether today is part of the current run.", True)]
    days: Annotated[tuple[Day, ...], about("The days of the current run, ascending.")]
    broken_on: Annotated[Day | None, about("The first missed day after the last run; null during a run.", None)]
    why: Annotated[str, about("One sentence that explains the streak.", "Today counts.")]

    @classmethod
    def of(cls, found: Streak) -> Self:
        """Return the answer for a streak."""
        return cls(
            current=found.current,
            longest=found.longest,
            today_counts=found.today_counts,
            days=tuple(day.isoformat() for day in found.days),
            broken_on=found.broken_on.isoformat() if found.broken_on else None,
            why=found.why,
        )


class StreaksOut(StaleOut, frozen=True, kw_only=True):
    """All streaks of a user."""

    enabled: Enabled
    streaks: Annotated[
        dict[str, StreakOut],
        about("By kind: active, mood, journal, chat; empty if streaks are switched off.", _EXAMPLE),
    ]

    @classmethod
    def of(cls, shown: Streaks) -> Self:
        """Return the answer for streaks."""
        streaks = {name: StreakOut.of(found) for name, found in shown.of.items()}
        return cls(enabled=shown.are_shown, streaks=streaks, **staleness(shown.answer))


class StreaksChangedOut(StateOut, frozen=True, kw_only=True):
    """Whether streaks are shown now."""

    enabled: Enabled
