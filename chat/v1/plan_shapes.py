"""Plans, as /api/v1 answers."""

from typing import Annotated

from accounts.models import Plan
from accounts.plans import ALLOWANCES
from api.answers.shapes import Shape, about


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
