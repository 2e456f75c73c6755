"""The daily limit on messages to Aira: set by the plan, counted by the user's own calendar."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.bounds.stored import keys_of_stored, note_read
from accounts.calendar import DAY_MS, Calendar
from accounts.models import Plan
from accounts.plans import ALLOWANCES
from chat import writes
from redis_models import reader
from redis_models.errors import Conflict
from redis_models.health.clock import now_ms
from redis_models.operations.read import Read
from redis_models.operations.write import Outcome
from redis_models.reader import Answer
from redis_models.schema import keys
from redis_models.schema.identifiers import valid_id
from redis_models.schema.model import pairs
from redis_models.writer import submit

_EPOCH_DAY = 719_163
"""`date.toordinal` of 1970-01-01."""

Limits = Mapping[Plan, int | None]
LIMITS: Limits = {plan: allowance.messages_a_day for plan, allowance in ALLOWANCES.items()}
_HIGHEST = max(limit for limit in LIMITS.values() if limit is not None)
LIMITS_WHERE_UNKNOWN: Limits = {plan: limit and _HIGHEST for plan, limit in LIMITS.items()}
"""The limits if an outage hides the plan: the highest one for each, so that no user gets less than they paid for."""


@dataclass(frozen=True, slots=True)
class Usage:
    """A user's messages of today. `limit` is None if the plan has none; `resets_ms` is the user's next midnight.

    `is_plan_known` is False in an outage for a user whom this host has not seen. Then `plan` is free by default, and
    `limit` is the highest limit of all plans. `stored_bytes` is what the user stores; None if that is not known.
    """

    plan: Plan
    used: int
    limit: int | None
    resets_ms: int
    is_plan_known: bool = True
    stored_bytes: int | None = None

    @property
    def remaining(self) -> int | None:
        """Return the number of messages left today; None if there is no limit."""
        return None if self.limit is None else max(0, self.limit - self.used)

    @property
    def is_allowed(self) -> bool:
        """Return whether another message may be sent."""
        return self.remaining != 0

    @property
    def limits(self) -> Limits:
        """Return the limit of each plan. The user's comes first: the script uses it if the profile has no plan."""
        return {self.plan: self.limit, **(LIMITS if self.is_plan_known else LIMITS_WHERE_UNKNOWN)}


@dataclass(frozen=True, slots=True)
class Counted:
    """A message that was counted, or refused because the daily limit is reached; `give_back` needs its `day`."""

    is_allowed: bool
    usage: Usage
    message_id: str
    day: int


def usage(*, user_id: str) -> tuple[Usage, Calendar, Answer]:
    """Return today's usage, the user's calendar, and the answer that both come from."""
    now = now_ms()
    utc_day = now // DAY_MS + _EPOCH_DAY
    days = (utc_day - 1, utc_day, utc_day + 1)
    names = (keys.usage(valid_id(user_id)), keys.profile(user_id), *keys_of_stored(user_id))
    answer = reader.answer(Read(user_id, "chat.usage.1", names, tuple(map(str, days))))
    profile, derived, beside, *counts = answer.reply
    stored = pairs(profile)
    calendar, plan = Calendar.from_profile(stored), Plan.stored(stored.get("plan"))
    used = int(dict(zip(days, counts, strict=True))[calendar.date_of(now).toordinal()])
    limit = (LIMITS if answer.is_known else LIMITS_WHERE_UNKNOWN)[plan]
    stored_now = note_read(user_id, answer, plan=plan, sizes=(derived, beside))
    size = None if stored_now is None else stored_now.bytes
    return Usage(plan, used, limit, calendar.midnight_after(now), answer.is_known, size), calendar, answer


def count_message(
    *, user_id: str, message_id: str, calendar: Calendar, limits: Limits = LIMITS, at: int | None = None
) -> Counted:
    """Count a message on the user's day at `at` (default: now) unless the plan's limit is reached.

    Each id is counted once. While Redis is away, this host decides with what it knows; a message that it allowed is
    always counted later. Raises Conflict for an erased user.
    """
    moment = now_ms() if at is None else at
    day = calendar.date_of(moment).toordinal()
    receipt = submit(writes.count(user_id=user_id, message_id=message_id, day=day, limits=limits, at=moment))
    if receipt.outcome is Outcome.GONE:
        raise Conflict("The user was erased; register again")
    plan, used, limit = receipt.reply or (Plan.FREE, "0", "")
    found = Usage(Plan(plan), int(used), int(limit) if limit else None, calendar.midnight_after(moment))
    return Counted(receipt.outcome is not Outcome.CONFLICT, found, message_id, day)


def give_back(*, user_id: str, counted: Counted, at: int | None = None) -> None:
    """Undo the counting of a message that got no reply."""
    moment = now_ms() if at is None else at
    submit(writes.give_back(user_id=user_id, message_id=counted.message_id, day=counted.day, at=moment))
