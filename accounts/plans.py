"""What each plan includes."""

from dataclasses import dataclass

from accounts.models import Plan

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Allowance:
    """Messages per day, days of mood history shown, and bytes stored; None is no limit.

    A plan hides data but never deletes it.
    """

    messages_a_day: int | None
    mood_days: int | None
    stored_bytes: int


ALLOWANCES = {
    Plan.FREE: Allowance(messages_a_day=5, mood_days=7, stored_bytes=100 * MIB),
    Plan.PLUS: Allowance(messages_a_day=50, mood_days=30, stored_bytes=1024 * MIB),
    Plan.PREMIUM: Allowance(messages_a_day=None, mood_days=None, stored_bytes=10 * 1024 * MIB),
}
