"""The dashboard's writes as data: what each script gets. Pure; submitting them is the services' work."""

import hashlib

import msgspec

from accounts.calendar import DAY_MS
from dashboard.models import MoodEntry
from redis_models.operations.write import Write
from redis_models.schema import keys
from redis_models.schema.codec import encode

AS_MADE, CORRECTED = "0", "1"
"""How an entry ranks: a correction stands above the entry as it was made."""


def derived_from(user_id: str) -> tuple[str, ...]:
    """Return the keys that a user's stats are derived from and written to, in the order the scripts expect."""
    return (
        keys.erased(user_id),
        keys.stats(user_id),
        keys.conversations(user_id),
        keys.summaries(user_id),
        keys.active_days(user_id),
    )


def touch(*, user_id: str, activity: str, at: int) -> Write:
    """Create the stats where they are missing; `activity` "active" marks the day of `at` (ms), "idle" does not."""
    return Write(user_id, "dashboard.touch.1", derived_from(user_id), (activity,), at)


def conversation(*, user_id: str, conversation_id: str, summary: str, at: int) -> Write:
    """Count a conversation and show it among the recent ones, once for each id."""
    all_keys = (*derived_from(user_id), keys.deleted(user_id))
    return Write(user_id, "dashboard.conversation.1", all_keys, (conversation_id, summary), at)


def mood(*, user_id: str, entry: MoodEntry, rank: str, at: int) -> Write:
    """Keep a mood entry as it was made or corrected at `at` (ms)."""
    tags = msgspec.json.encode(entry.tags).decode() if entry.tags else ""
    args = (entry.id, rank, str(entry.moment_ms), encode(entry.score), entry.note, tags, entry.nameless)
    return Write(user_id, "dashboard.mood.1", _mood_keys(user_id), args, at)


def mood_deletion(*, user_id: str, entry: MoodEntry, at: int) -> Write:
    """Delete a mood entry and leave a tombstone."""
    return Write(user_id, "dashboard.mood_delete.1", _mood_keys(user_id), (entry.id, entry.nameless), at)


def _mood_keys(user_id: str) -> tuple[str, ...]:
    return (*derived_from(user_id), keys.mood_history(user_id), keys.moods(user_id))


def preference(*, user_id: str, name: str, value: str, at: int) -> Write:
    """Set a preference; the latest decision stands."""
    return Write(
        user_id, "dashboard.preference.1", (keys.erased(user_id), keys.preferences(user_id)), (name, value), at
    )


def affirmation(*, user_id: str, text: str, at: int) -> Write:
    """Note that the user saw the sentence; once for each day (UTC)."""
    digest = hashlib.sha256(f"{at // DAY_MS}\n{text}".encode()).hexdigest()[:16]
    view = msgspec.json.encode({"id": digest, "text": text}).decode()
    all_keys = (keys.erased(user_id), keys.affirmations(user_id))
    return Write(user_id, "dashboard.affirmation.1", all_keys, (view,), at)


def rebase(*, user_id: str, at: int) -> Write:
    """Let the count of conversations be the number of those that are stored."""
    return Write(user_id, "dashboard.rebase.1", derived_from(user_id), (), at)


def deletion(*, user_id: str, at: int) -> Write:
    """Delete the stats; does not wait in the journal."""
    return Write(user_id, "dashboard.delete.1", (keys.stats(user_id),), (), at, deferrable=False)
