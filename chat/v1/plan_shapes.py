"""Plans, as /api/v1 answers."""

from typing import Annotated, Self

from django.conf import settings

from accounts.models import Plan
from accounts.plans import ALLOWANCES
from api.answers.shapes import Shape, about
from chat.replies import places
from chat.shapes import UsageOut
from chat.usage import Usage
from redis_models.reader import Answer


class PlanOut(Shape, frozen=True, kw_only=True):
    """A plan."""

    plan: Annotated[Plan, about("The plan's name.", "plus")]
    messages_a_day: Annotated[int | None, about("Messages to Aira per day; null means no limit.", 50)]
    mood_days: Annotated[int | None, about("The number of days of moods that are shown; null means all.", 30)]


class PlansOut(Shape, frozen=True, kw_only=True):
    """All plans."""

    items: Annotated[tuple[PlanOut, ...], about("The plans, smallest first.")]


PLANS = PlansOut(
    items=tuple(
        PlanOut(plan=plan, messages_a_day=allowance.messages_a_day, mood_days=allowance.mood_days)
        for plan, allowance in ALLOWANCES.items()
    )
)


class BoundsOut(Shape, frozen=True, kw_only=True):
    """The user's bounds, and how much is stored."""

    stored_bytes: Annotated[int | None, about("What the user stores, in bytes; null if it is not known now.", 52_000)]
    stored_bytes_limit: Annotated[int, about("How many bytes the plan includes.", 104_857_600)]
    writes_a_minute: Annotated[int | None, about("How many changes a minute are accepted; null means any number.", 120)]
    replies_at_once: Annotated[int, about("How many replies are written at once.", places.AT_MOST)]
    listeners_at_once: Annotated[
        int, about("How many replies can be listened to at once, in each process.", places.LISTENERS_AT_MOST)
    ]


class MyUsageOut(UsageOut, frozen=True, kw_only=True):
    """Messages to Aira today, and the user's bounds."""

    bounds: Annotated[BoundsOut, about("The user's bounds, and how much is stored.")]

    @classmethod
    def of_all(cls, found: Usage, answer: Answer) -> Self:
        """Return the answer for usage, with the bounds."""
        bounds = BoundsOut(
            stored_bytes=found.stored_bytes,
            stored_bytes_limit=ALLOWANCES[found.plan].stored_bytes,
            writes_a_minute=settings.AIRA_WRITES_A_MINUTE,
            replies_at_once=places.AT_MOST,
            listeners_at_once=places.LISTENERS_AT_MOST,
        )
        return cls.of(found, answer, bounds=bounds)
