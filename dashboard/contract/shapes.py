"""The dashboard, streaks, affirmations and plans, as the existing API answers."""

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
    """What a user sees first."""

    data: Annotated[StatsOut, about("The stats.")]
    redis_healthy: Annotated[bool, about("Whether Redis answered.", True)]
    stale: Annotated[bool | UnsetType, about("True if it may be older than what is stored.", True)] = UNSET
    as_of: Annotated[Moment | UnsetType | None, about("When it was true; null if nobody knows.")] = UNSET
    pending: Annotated[int | UnsetType, about("How many writes of the user wait in the journal.", 2)] = UNSET

    @classmethod
    def of(cls, shown: Dashboard, *, redis_healthy: bool) -> Self:
        """Return the dashboard; one that does not come from Redis says how old it is and how many writes wait."""
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
    longest_streak: Annotated[int, about("The longest of all so far.", 5)]


class StreaksAnswer(StaleOut, frozen=True, kw_only=True):
    """The streaks; all 0 if the user has switched them off."""

    success: Success = True
    streaks: Annotated[StreakNumbersOut, about("The numbers.")]
    enabled: Annotated[bool, about("Whether streaks are shown.", True)]

    @classmethod
    def of(cls, shown: Streaks) -> Self:
        """Return the four numbers."""
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
    """That the user saw a sentence was noted."""

    message: Annotated[str, about("What happened.", "Affirmation view tracked")] = "Affirmation view tracked"


class PlanChangedAnswer(AcceptedOut, frozen=True, kw_only=True):
    """A plan that was changed, and the stats with it."""

    message: Annotated[str, about("What happened.", "Plan updated successfully")] = "Plan updated successfully"
    data: Annotated[StatsOut, about("The stats.")]
