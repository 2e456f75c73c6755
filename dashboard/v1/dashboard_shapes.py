"""The dashboard, as /api/v1 answers."""

from typing import Annotated, Self

from msgspec import UNSET, UnsetType

from accounts.models import Plan
from api.answers.shapes import Moment, Shape, about
from dashboard.models import RecentConversation
from dashboard.selectors import Dashboard
from dashboard.shapes import number
from redis_models.schema.codec import iso_from_ms


class DashboardOut(Shape, frozen=True, kw_only=True):
    """What a user sees first."""

    conversations: Annotated[int, about("How many conversations there are.", 4)]
    mood_score: Annotated[float, about("The newest mood, from 0 to 10.", 7.5)]
    days_active: Annotated[int, about("On how many days the user was here.", 12)]
    recent_conversations: Annotated[
        tuple[RecentConversation, ...], about("The three newest conversations, newest first.")
    ]
    plan: Annotated[Plan, about("The user's plan.", "free")]
    redis_healthy: Annotated[bool, about("Whether Redis answered.", True)]
    as_of: Annotated[
        Moment | None,
        about("When it was true, if it does not come from Redis; null if it does, or if nobody knows.", None),
    ]
    stale: Annotated[bool | UnsetType, about("True if it may be older than what is stored.", True)] = UNSET
    pending: Annotated[int | UnsetType, about("How many writes of the user wait in the journal.", 2)] = UNSET

    @classmethod
    def of(cls, shown: Dashboard, *, redis_healthy: bool) -> Self:
        """Return the dashboard as it is shown, with the plan as profiles write it."""
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
