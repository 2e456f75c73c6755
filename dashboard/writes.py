"""The dashboard's writes as data: the keys and arguments of each script. Pure; the services submit them."""

import hashlib

import msgspec

from accounts.calendar import DAY_MS
from dashboard.models import MoodEntry
from redis_models.operations.write import Write
from redis_models.schema import keys
from redis_models.schema.codec import encode

AS_MADE, CORRECTED = "0", "1"
"""The ranks of an entry: a correction outranks the original entry."""


def derived_from(user_id: str) -> tuple[str, ...]:
    """Return the keys that a user's stats are derived from and written to, in the order that the scripts expect."""
    return (
        keys.erased(user_id),
        keys.stats(user_id),
        keys.conversations(user_id),
        keys.summaries(user_id),
        keys.active_days(user_id),
    )


def touch(*, user_id: str, activity: str, at: int) -> Write:
    """Create missing stats; `activity` "active" marks the day of `at` (ms) as active, "idle" does not."""
    return Write(user_id, "dashboard.touch.1", derived_from(user_id), (activity,), at)


def conversation(*, user_id: str, conversation_id: str, summary: str, at: int) -> Write:
    """Count a conversation and show it as recent, once for each id."""
    all_keys = (*derived_from(user_id), keys.deleted(user_id))
    return Write(user_id, "dashboard.conversation.1", all_keys, (conversation_id, summary), at)


def mood(*, user_id: str, entry: MoodEntry, rank: str, at: int) -> Write:
    """Store a mood entry that was made or corrected at `at` (ms)."""
    tags = msgspec.json.encode(entry.tags).decode() if entry.tags else ""
    args = (entry.id, rank, str(entry.moment_ms), encode(entry.score), entry.note, tags, entry.nameless)
    return Write(user_id, "dashboard.mood.1", _mood_keys(user_id), args, at)


def mood_deletion(*, user_id: str, entry: MoodEntry, at: int) -> Write:
    """Delete a mood entry and set a tombstone."""
    return Write(user_id, "dashboard.mood_delete.1", _mood_keys(user_id), (entry.id, entry.nameless), at)


def _mood_keys(user_id: str) -> tuple[str, ...]:
    return (*derived_from(user_id), keys.mood_history(user_id), keys.moods(user_id))


def preference(*, user_id: str, name: str, value: str, at: int) -> Write:
    """Set a preference; the latest decision wins."""
    return Write(
        user_id, "dashboard.preference.1", (keys.erased(user_id), keys.preferences(user_id)), (name, value), at
    )


def affirmation(*, user_id: str, text: str, at: int) -> Write:
    """Record that the user saw the sentence, once for each UTC day."""
    digest = hashlib.sha256(f"{at // DAY_MS}\n{text}".encode()).hexdigest()[:16]
    view = msgspec.json.encode({"id": digest, "text": text}).decode()
    all_keys = (keys.erased(user_id), keys.affirmations(user_id))
    return Write(user_id, "dashboard.affirmation.1", all_keys, (view,), at)


def rebase(*, user_id: str, at: int) -> Write:
    """Set the count of conversations to the number of stored ones."""
    return Write(user_id, "dashboard.rebase.1", derived_from(user_id), (), at)


def deletion(*, user_id: str, at: int) -> Write:
    """Delete the stats as they are at `at` (ms). This write cannot be pending."""
    # The stats come first: the script of release 0.1.0 deletes the first key.
    all_keys = (keys.stats(user_id), keys.erased(user_id), *derived_from(user_id)[2:], keys.mood_history(user_id))
    return Write(user_id, "dashboard.delete.1", all_keys, (), at, deferrable=False)
