"""What each plan includes."""

from dataclasses import dataclass

from accounts.models import Plan


@dataclass(frozen=True, slots=True)
class Allowance:
    """Messages per day and days of mood history shown; None is no limit. A plan hides data but never deletes it."""

    messages_a_day: int | None
    mood_days: int | None


ALLOWANCES = {
    Plan.FREE: Allowance(messages_a_day=5, mood_days=7),
    Plan.PLUS: Allowance(messages_a_day=50, mood_days=30),
    Plan.PREMIUM: Allowance(messages_a_day=None, mood_days=None),
}
