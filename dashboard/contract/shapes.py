"""Answers of the dashboard's existing API: dashboard, streaks, affirmations and plans."""

from typing import Annotated, Self

from msgspec import UNSET, UnsetType

from api.answers.shapes import AcceptedOut, Moment, Shape, StaleOut, Success, SuccessOut, about
from api.answers.staleness import staleness
from dashboard.selectors import Dashboard, Streaks
from dashboard.shapes import (
    StatsOut,
)
from dashboard.streaks import Streak
from redis_models.schema.codec import iso_from_ms


class DashboardAnswer(SuccessOut, frozen=True, kw_only=True):
    """The dashboard."""

    data: Annotated[StatsOut, about("The stats.")]
    redis_healthy: Annotated[bool, about("Whether Redis is healthy and gave this answer.", True)]
    stale: Annotated[bool | UnsetType, about("True if Redis may have newer data.", True)] = UNSET
    as_of: Annotated[Moment | UnsetType | None, about("The time of the data; null if that is not known.")] = UNSET
    pending: Annotated[int | UnsetType, about("The number of the user's pending writes.", 2)] = UNSET

    @classmethod
    def of(cls, shown: Dashboard, *, redis_healthy: bool) -> Self:
        """Return the answer for a dashboard; without Redis, it has the time of the data and the pending writes."""
        answer = shown.answer
        return cls(
            data=StatsOut.of(shown),
            redis_healthy=redis_healthy and answer.is_live,
            stale=UNSET if answer.is_live else True,
            as_of=UNSET if answer.is_live else iso_from_ms(answer.as_of_ms) if answer.as_of_ms else None,
            pending=UNSET if answer.is_live else answer.pending,
        )


class StreakNumbersOut(Shape, frozen=True, kw_only=True):
    """Days in a row."""

    mood_streak: Annotated[int, about("With a mood.", 2)]
    journal_streak: Annotated[int, about("With a note.", 1)]
    chat_streak: Annotated[int, about("With a conversation.", 3)]
    longest_streak: Annotated[int, about("The longest streak so far.", 5)]


class StreaksAnswer(StaleOut, frozen=True, kw_only=True):
    """The streaks; all are 0 if the user has switched them off."""

    success: Success = True
    streaks: Annotated[StreakNumbersOut, about("The numbers.")]
    enabled: Annotated[bool, about("Whether streaks are shown.", True)]

    @classmethod
    def of(cls, shown: Streaks) -> Self:
        """Return the answer for streaks."""
        mood, journal, chat = (shown.of.get(name, Streak()) for name in ("mood", "journal", "chat"))
        streaks = StreakNumbersOut(
            mood_streak=mood.current,
            journal_streak=journal.current,
            chat_streak=chat.current,
            longest_streak=max(found.longest for found in (mood, journal, chat)),
        )
        return cls(streaks=streaks, enabled=shown.are_shown, **staleness(shown.answer))


class AffirmationAnswer(SuccessOut, frozen=True, kw_only=True):
    """The user's sentence of the day."""

    affirmation: Annotated[str, about("The sentence.", "You may take your time.")]


class AffirmationTrackedAnswer(AcceptedOut, frozen=True, kw_only=True):
    """An affirmation was recorded as seen."""

    message: Annotated[str, about("What happened.", "Affirmation view tracked")] = "Affirmation view tracked"


class PlanChangedAnswer(AcceptedOut, frozen=True, kw_only=True):
    """A plan that was changed, and the stats after it."""

    message: Annotated[str, about("What happened.", "Plan updated successfully")] = "Plan updated successfully"
    data: Annotated[StatsOut, about("The stats.")]
