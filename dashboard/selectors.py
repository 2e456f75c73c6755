"""Reads of the dashboard and of moods."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from accounts.calendar import DAY_MS, Calendar
from accounts.models import Plan
from accounts.plans import ALLOWANCES
from dashboard.days import dates_in
from dashboard.models import STATS_FIELDS, MoodEntry, UserStats, mood_entries
from dashboard.streaks import Streak, streak
from redis_models import reader
from redis_models.errors import NotFound
from redis_models.health.clock import now_ms
from redis_models.operations.read import Read
from redis_models.reader import Answer
from redis_models.schema import keys
from redis_models.schema.identifiers import valid_id
from redis_models.schema.model import pairs

ENTRIES_AT_MOST = 1000
_ZONES_APART_MS = 2 * DAY_MS
"""The margin for a range of local days: a local date begins up to 14 h before and ends up to 12 h after UTC's."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A user's stats and plan, and the answer they come from, which tells how current they are."""

    stats: UserStats
    plan: Plan
    answer: Answer


@dataclass(frozen=True, slots=True)
class Moods:
    """Mood entries of the days that the plan shows, newest first. `days` is the number of those days; None is all."""

    entries: tuple[MoodEntry, ...]
    calendar: Calendar
    plan: Plan
    days: int | None
    answer: Answer


@dataclass(frozen=True, slots=True)
class Streaks:
    """A user's streaks by kind: `active`, `mood`, `journal` (moods with a note) and `chat`.

    If the user has switched them off, `are_shown` is False and `of` is empty.
    """

    of: dict[str, Streak]
    are_shown: bool
    answer: Answer


def dashboard(*, user_id: str) -> Dashboard:
    """Return the dashboard, in one round trip; create missing stats and mark today as active.

    In an outage, it is the last snapshot with the pending writes applied, or the documented defaults.
    """
    question = Read(
        user_id=valid_id(user_id),
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
    *stats, base, profile_reply, active_reply = answer.reply
    named, profile, active = dict(zip(STATS_FIELDS, stats, strict=True)), pairs(profile_reply), pairs(active_reply)
    if active:
        named["days_active"] = str(int(base) + len(dates_in(active, Calendar.from_profile(profile))))
    return Dashboard(stats=UserStats.from_hash(named), plan=Plan.stored(profile.get("plan")), answer=answer)


def user_stats(*, user_id: str) -> UserStats:
    """Return only the user's stats."""
    return dashboard(user_id=user_id).stats


def moods(*, user_id: str, days: int | None = None, most: int = ENTRIES_AT_MOST) -> Moods:
    """Return the newest entries of the last `days` days (today included), as far as the plan shows them."""
    now = now_ms()
    since_ms = 0 if days is None else now - days * DAY_MS - _ZONES_APART_MS
    answer = reader.answer(moods_question(user_id, since_ms=since_ms, most=most))
    profile, found = answer.reply
    shown = shown_moods(mood_entries(found), pairs(profile), now=now, days=days)
    return replace(shown, answer=answer)


def shown_moods(
    entries: tuple[MoodEntry, ...], profile: Mapping[str, str], *, now: int, days: int | None = None
) -> Moods:
    """Return the entries that the plan in the profile's hash shows at `now` (ms)."""
    calendar, plan = Calendar.from_profile(profile), Plan.stored(profile.get("plan"))
    shown_days = _fewer(days, ALLOWANCES[plan].mood_days)
    if shown_days is not None:
        first_day = calendar.date_of(now).toordinal() - shown_days + 1
        entries = tuple(entry for entry in entries if calendar.date_of(entry.moment_ms).toordinal() >= first_day)
    return Moods(entries, calendar, plan, shown_days, Answer(reply=None, is_live=True))


def moods_question(
    user_id: str, *, since_ms: int = 0, until_ms: int | None = None, most: int = ENTRIES_AT_MOST
) -> Read:
    """Return the Read of the newest entries from `since_ms` to `until_ms` (None: no upper bound)."""
    args = (str(since_ms), "+inf" if until_ms is None else str(until_ms), str(most))
    return Read(valid_id(user_id), "dashboard.moods.1", (keys.mood_history(user_id), keys.profile(user_id)), args)


def _fewer(one: int | None, other: int | None) -> int | None:
    given = [days for days in (one, other) if days is not None]
    return min(given, default=None)


def mood(*, user_id: str, mood_id: str) -> MoodEntry:
    """Return the entry, however old; raises NotFound."""
    question = Read(
        valid_id(user_id),
        "dashboard.mood_by_id.1",
        (keys.mood_history(user_id), keys.moods(user_id)),
        (valid_id(mood_id, name="moodId"),),
    )
    found = (entry for entry in mood_entries(reader.answer(question).reply) if entry.id == mood_id)
    entry = next(found, None)
    if entry is None:
        raise NotFound("There is no such mood entry")
    return entry


def streaks(*, user_id: str) -> Streaks:
    """Return the user's streaks in the user's own calendar, in one round trip."""
    question = Read(
        valid_id(user_id),
        "dashboard.streaks.1",
        (
            keys.mood_history(user_id),
            keys.active_days(user_id),
            keys.chat_days(user_id),
            keys.preferences(user_id),
            keys.profile(user_id),
        ),
    )
    answer = reader.answer(question)
    profile, shown, active, chat, mood_days, journal = answer.reply
    if shown == "off":
        return Streaks({}, are_shown=False, answer=answer)
    calendar = Calendar.from_profile(pairs(profile))
    today = calendar.date_of(now_ms())
    marks = {"active": active, "mood": mood_days, "journal": journal, "chat": chat}
    found = {name: streak(dates_in(pairs(flat), calendar), today=today) for name, flat in marks.items()}
    return Streaks(found, are_shown=True, answer=answer)
