"""A user's recent events, and today's small goals."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from accounts.calendar import DAY_MS, Calendar
from dashboard.models import MoodEntry, mood_entries
from dashboard.selectors import shown_moods
from redis_models import reader
from redis_models.errors import Invalid
from redis_models.health.clock import now_ms
from redis_models.operations.read import Read
from redis_models.reader import Answer
from redis_models.schema import keys
from redis_models.schema.codec import iso_from_ms
from redis_models.schema.model import pairs
from texts.typed_json import decoder

EVENTS_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Event:
    """Something a user did; `value` is the score of a mood, `timestamp` is ISO 8601 UTC."""

    id: str
    type: str
    title: str
    description: str
    timestamp: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """The newest events, newest first."""

    events: tuple[Event, ...]
    answer: Answer


class Goal(StrEnum):
    """A small goal of each day."""

    MOOD = "mood"
    AFFIRMATION = "affirmation"
    CHAT = "chat"


GOAL_OF_ID = {"track-mood": Goal.MOOD, "view-affirmation": Goal.AFFIRMATION, "chat-with-aira": Goal.CHAT}


@dataclass(frozen=True, slots=True)
class Goals:
    """Which of today's goals are reached, by doing them or by a tick."""

    reached: dict[Goal, bool]
    answer: Answer


def journey(*, user_id: str) -> Journey:
    """Return the newest 20 events, in one round trip. Moods older than the plan shows are left out."""
    all_keys = (
        keys.mood_history(user_id),
        keys.conversations(user_id),
        keys.summaries(user_id),
        keys.affirmations(user_id),
        keys.profile(user_id),
    )
    answer = reader.answer(Read(user_id, "chat.journey.1", all_keys, (str(EVENTS_AT_MOST),)))
    profile, moods, summaries, views = answer.reply
    shown = shown_moods(mood_entries(moods), pairs(profile), now=now_ms())
    events = [*map(_mood_event, shown.entries), *map(_chat_event, summaries), *_affirmation_events(views)]
    events.sort(key=lambda event: event.timestamp, reverse=True)
    return Journey(tuple(events[:EVENTS_AT_MOST]), answer)


def _mood_event(entry: MoodEntry) -> Event:
    text = f"Mood score: {entry.score:g}/10"
    return Event(f"mood-{entry.id}", "mood", "Mood Check-in", text, entry.timestamp, value=entry.score)


def _chat_event(summary: str) -> Event:
    stored = decoder(dict[str, Any]).decode(summary)
    return Event(f"chat-{stored['id']}", "chat", "Chat Session", stored["title"], stored["createdAt"])


def _affirmation_events(views: list[str]) -> Iterator[Event]:
    for view, ms in zip(views[::2], views[1::2], strict=True):
        view_id = decoder(dict[str, str]).decode(view)["id"]
        text, timestamp = "Viewed your daily affirmation", iso_from_ms(int(float(ms)))
        yield Event(f"affirmation-{view_id}", "affirmation", "Daily Affirmation", text, timestamp)


def goals(*, user_id: str) -> Goals:
    """Return which of today's goals are reached; today is the day in the user's own calendar."""
    now = now_ms()
    all_keys = (
        keys.mood_history(user_id),
        keys.affirmations(user_id),
        keys.chat_days(user_id),
        keys.preferences(user_id),
        keys.profile(user_id),
    )
    utc_dates = (iso_from_ms(now)[:10], iso_from_ms(now - DAY_MS)[:10])
    answer = reader.answer(Read(user_id, "chat.goals.1", all_keys, utc_dates))
    profile, mood_ms, affirmation_ms, talked, ticks = answer.reply
    calendar, ticked = Calendar.from_profile(pairs(profile)), pairs(ticks)
    today = calendar.date_of(now)
    times = {
        Goal.MOOD: [mood_ms] if mood_ms else [],
        Goal.AFFIRMATION: [affirmation_ms] if affirmation_ms else [],
        Goal.CHAT: [moment for mark in talked for moment in mark.split()],
    }
    reached = {
        goal: any(calendar.date_of(int(float(moment))) == today for moment in times[goal])
        or ticked.get(tick_name(goal, today.isoformat())) == "done"
        for goal in Goal
    }
    return Goals(reached, answer)


def tick_name(goal: Goal, day: str) -> str:
    """Return the name under which a tick is stored; `day` is YYYY-MM-DD in the user's calendar."""
    return f"goal:{day}:{goal}"


def goal_in(goal_id: object) -> Goal:
    """Return the goal with the id that clients use; raises Invalid."""
    if isinstance(goal_id, str) and goal_id in GOAL_OF_ID:
        return GOAL_OF_ID[goal_id]
    raise Invalid(f"goalId must be one of: {', '.join(GOAL_OF_ID)}")
