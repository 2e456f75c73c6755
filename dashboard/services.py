"""Changes to a user's stats. Counts are derived in the scripts from what is stored, so each may run twice."""

import secrets

from dashboard import writes
from dashboard.models import STATS_FIELDS, UserStats
from redis_models import keys
from redis_models.codec import encode
from redis_models.errors import Invalid
from redis_models.health import now_ms
from redis_models.write import Receipt
from redis_models.writer import submit

NOTE_MAX_LENGTH = 2000


def stats_in(receipt: Receipt) -> UserStats:
    """Return the stats that a receipt of this module's writes carries (defaults where it carries none)."""
    return UserStats.from_hash(dict(zip(STATS_FIELDS, receipt.reply, strict=False)))


def create_user_stats(*, user_id: str, at: int | None = None) -> Receipt:
    """Create the user's stats where they are missing; what is there stays."""
    return submit(writes.touch(user_id=user_id, activity="idle", at=now_ms() if at is None else at))


def increment_days_active(*, user_id: str, at: int | None = None) -> Receipt:
    """Count the day of `at` (ms, UTC; now) as active, once."""
    return submit(writes.touch(user_id=user_id, activity="active", at=now_ms() if at is None else at))


def record_conversation(*, user_id: str, conversation_id: str, summary: str, at: int | None = None) -> Receipt:
    """Count a conversation and show it among the recent ones, once for each id; saving a conversation does it too."""
    checked_id = keys.valid_id(conversation_id, name="chatId")
    moment = now_ms() if at is None else at
    return submit(writes.conversation(user_id=user_id, conversation_id=checked_id, summary=summary, at=moment))


def update_mood_score(
    *, user_id: str, score: object, note: str = "", mood_id: str = "", at: int | None = None
) -> Receipt:
    """Keep a mood entry (0 to 10) and show the latest one; the same `mood_id` and `at` again change nothing.

    Raises Invalid for a score that is no number in range, or a note that is too long.
    """
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 10:
        raise Invalid("Mood score must be a number between 0 and 10")
    if len(note) > NOTE_MAX_LENGTH:
        raise Invalid(f"note must be at most {NOTE_MAX_LENGTH} characters.")
    entry_id = keys.valid_id(mood_id or f"mood_{secrets.token_hex(8)}", name="moodId")
    moment = now_ms() if at is None else at
    return submit(writes.mood(user_id=user_id, mood_id=entry_id, score=encode(score), note=note, at=moment))


def delete_user_stats(*, user_id: str) -> Receipt:
    """Delete the stats; what they are derived from stays. Raises RedisUnavailable: it does not wait in the journal."""
    return submit(writes.deletion(user_id=user_id, at=now_ms()))
