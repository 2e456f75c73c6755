"""Reads of the dashboard."""

from dataclasses import dataclass

from accounts.models import Plan
from dashboard.models import STATS_FIELDS, UserStats
from redis_models import keys, reader
from redis_models.health import now_ms
from redis_models.reader import Answer
from redis_models.write import Read


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A user's stats and plan, and the answer they come from, which says how far they can be trusted."""

    stats: UserStats
    plan: Plan
    answer: Answer


def dashboard(*, user_id: str) -> Dashboard:
    """Return the dashboard in one round trip; stats are created where missing and today is marked active.

    Away from Redis it is what was last known with the waiting writes on top, or the documented defaults.
    """
    question = Read(
        user_id=keys.valid_id(user_id),
        script="dashboard.dashboard.1",
        keys=(
            keys.stats(user_id),
            keys.conversations(user_id),
            keys.summaries(user_id),
            keys.active_days(user_id),
            keys.profile(user_id),
        ),
        args=(str(now_ms()),),
    )
    answer = reader.answer(question)
    *stats, plan = answer.reply
    return Dashboard(
        stats=UserStats.from_hash(dict(zip(STATS_FIELDS, stats, strict=True))),
        plan=Plan(plan) if plan in list(Plan) else Plan.FREE,
        answer=answer,
    )


def user_stats(*, user_id: str) -> UserStats:
    """Return the user's stats alone."""
    return dashboard(user_id=user_id).stats
