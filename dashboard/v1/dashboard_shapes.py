"""Answers about the dashboard, under /api/v1."""

from typing import Annotated, Self

from msgspec import UNSET, UnsetType

from accounts.models import Plan
from api.answers.shapes import Moment, Shape, about
from dashboard.models import RecentConversation
from dashboard.selectors import Dashboard
from dashboard.shapes import number
from redis_models.schema.codec import iso_from_ms


class DashboardOut(Shape, frozen=True, kw_only=True):
    """The dashboard."""

    conversations: Annotated[int, about("The number of conversations.", 4)]
    mood_score: Annotated[float, about("The newest mood, from 0 to 10.", 7.5)]
    days_active: Annotated[int, about("The number of days on which the user was active.", 12)]
    recent_conversations: Annotated[
        tuple[RecentConversation, ...], about("The three newest conversations, newest first.")
    ]
    plan: Annotated[Plan, about("The user's plan.", "free")]
    redis_healthy: Annotated[bool, about("Whether Redis is healthy and gave this answer.", True)]
    as_of: Annotated[
        Moment | None,
        about("The time of the data if it is not from Redis; null if it is, or if the time is not known.", None),
    ]
    stale: Annotated[bool | UnsetType, about("True if Redis may have newer data.", True)] = UNSET
    pending: Annotated[int | UnsetType, about("The number of the user's pending writes.", 2)] = UNSET

    @classmethod
    def of(cls, shown: Dashboard, *, redis_healthy: bool) -> Self:
        """Return the answer for a dashboard, with the plan as profiles write it."""
        stats, answer = shown.stats, shown.answer
        return cls(
            conversations=stats.conversations,
            mood_score=number(stats.mood_score),
            days_active=stats.days_active,
            recent_conversations=stats.recent_conversations,
            plan=shown.plan,
            redis_healthy=redis_healthy and answer.is_live,
            as_of=iso_from_ms(answer.as_of_ms) if answer.as_of_ms else None,
            stale=UNSET if answer.is_live else True,
            pending=UNSET if answer.is_live else answer.pending,
        )
