"""Changes to a user's stats. Scripts derive all counts from stored data, so each change may run twice."""

import secrets
from dataclasses import replace

from accounts.bounds.stored import note_affirmation, submit_measured
from dashboard import writes
from dashboard.models import STATS_FIELDS, MoodEntry, UserStats
from redis_models.errors import Invalid
from redis_models.health.clock import now_ms
from redis_models.operations.write import Outcome, Receipt
from redis_models.schema.identifiers import valid_id
from redis_models.writer import submit
from texts.normal_form import each_once

NOTE_MAX_LENGTH = 2000
AFFIRMATION_MAX_LENGTH = 500
TAGS_AT_MOST = 20
TAG_MAX_LENGTH = 64
SCORE_DECIMALS = 2
AHEAD_AT_MOST_MS = 60_000


def stats_in(receipt: Receipt) -> UserStats:
    """Return the stats in the receipt of one of this module's writes, or the defaults if it has none."""
    return UserStats.from_hash(dict(zip(STATS_FIELDS, receipt.reply, strict=False)))


def create_user_stats(*, user_id: str, at: int | None = None) -> Receipt:
    """Create the user's stats if they are missing; existing stats stay unchanged."""
    return submit(writes.touch(user_id=user_id, activity="idle", at=now_ms() if at is None else at))


def increment_days_active(*, user_id: str, at: int | None = None) -> Receipt:
    """Count the UTC day of `at` (ms; default: now) as active, once."""
    return submit(writes.touch(user_id=user_id, activity="active", at=now_ms() if at is None else at))


def record_conversation(*, user_id: str, conversation_id: str, summary: str, at: int | None = None) -> Receipt:
    """Count a conversation and show it as recent, once for each id. Saving a conversation does this too."""
    checked_id = valid_id(conversation_id, name="chatId")
    moment = now_ms() if at is None else at
    return submit_measured(writes.conversation(user_id=user_id, conversation_id=checked_id, summary=summary, at=moment))


def update_mood_score(
    *, user_id: str, score: object, note: str = "", mood_id: str = "", at: int | None = None
) -> Receipt:
    """Add a mood entry (0 to 10) and show the latest score; the same `mood_id` again changes nothing.

    Raises Invalid for a score that is not a number in range, or a note that is too long.
    """
    at = now_ms() if at is None else at
    return add_mood(user_id=user_id, score=score, note=note, mood_id=mood_id, moment_ms=at, at=at)


def add_mood(
    *,
    user_id: str,
    score: object,
    note: object = "",
    tags: object = (),
    mood_id: str = "",
    moment_ms: int | None = None,
    at: int | None = None,
) -> Receipt:
    """Add a mood entry at `moment_ms` (default: `at`), which may be in the past.

    An entry whose id is already stored stays unchanged. GONE if the entry was deleted. Raises Invalid.
    """
    at = now_ms() if at is None else at
    entry_id = valid_id(mood_id or f"mood_{secrets.token_hex(8)}", name="moodId")
    moment = at if moment_ms is None else moment_ms
    entry = valid_mood(MoodEntry(id=entry_id, score=0, moment_ms=moment), score=score, note=note, tags=tags)
    return submit_measured(writes.mood(user_id=user_id, entry=entry, rank=writes.AS_MADE, at=at))


def correct_mood(*, user_id: str, corrected: MoodEntry, at: int | None = None) -> Receipt:
    """Replace an entry by a corrected one (from `valid_mood`). The newest correction wins. GONE if it was deleted."""
    moment = now_ms() if at is None else at
    return submit_measured(writes.mood(user_id=user_id, entry=corrected, rank=writes.CORRECTED, at=moment))


def delete_mood(*, user_id: str, entry: MoodEntry, at: int | None = None) -> Receipt:
    """Delete the entry permanently; deleting it again changes nothing."""
    return submit_measured(writes.mood_deletion(user_id=user_id, entry=entry, at=now_ms() if at is None else at))


def valid_mood(entry: MoodEntry, *, score: object, note: object, tags: object) -> MoodEntry:
    """Return the entry with these values; raises Invalid, also if its moment is in the future."""
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 10:
        raise Invalid("Mood score must be a number between 0 and 10")
    if not isinstance(note, str) or len(note) > NOTE_MAX_LENGTH:
        raise Invalid(f"note must be at most {NOTE_MAX_LENGTH} characters.")
    if not 0 <= entry.moment_ms <= now_ms() + AHEAD_AT_MOST_MS:
        raise Invalid("A mood cannot be noted for a time that has not come.")
    return replace(entry, score=round(float(score), SCORE_DECIMALS), note=note, tags=valid_tags(tags))


def valid_tags(tags: object) -> tuple[str, ...]:
    """Return the tags without repetitions; raises Invalid."""
    is_list = isinstance(tags, list | tuple) and len(tags) <= TAGS_AT_MOST
    if is_list and all(isinstance(tag, str) and 0 < len(tag) <= TAG_MAX_LENGTH for tag in tags):  # type: ignore[attr-defined]
        return tuple(each_once(tags))  # type: ignore[arg-type]
    raise Invalid(f"tags must be a list of at most {TAGS_AT_MOST} texts of at most {TAG_MAX_LENGTH} characters.")


def show_streaks(*, user_id: str, at: int | None = None) -> Receipt:
    """Switch streaks on, which is the default."""
    return _set_streaks(user_id, "on", at=at)


def hide_streaks(*, user_id: str, at: int | None = None) -> Receipt:
    """Switch streaks off: they are neither computed nor shown. Their source data stays."""
    return _set_streaks(user_id, "off", at=at)


def _set_streaks(user_id: str, value: str, *, at: int | None) -> Receipt:
    moment = now_ms() if at is None else at
    return submit(writes.preference(user_id=user_id, name="streaks", value=value, at=moment))


def track_affirmation(*, user_id: str, text: object, at: int | None = None) -> Receipt:
    """Record that the user saw the sentence; raises Invalid."""
    if not isinstance(text, str) or not 0 < len(text) <= AFFIRMATION_MAX_LENGTH:
        raise Invalid(f"affirmationText must be a text of at most {AFFIRMATION_MAX_LENGTH} characters")
    receipt = submit(writes.affirmation(user_id=user_id, text=text, at=now_ms() if at is None else at))
    if receipt.outcome not in (Outcome.GONE, Outcome.DUPLICATE):
        note_affirmation(user_id)
    return receipt


def tick(*, user_id: str, name: str, value: str, at: int | None = None) -> Receipt:
    """Store under its name a tick that the user set or removed (`value` done or open)."""
    moment = now_ms() if at is None else at
    return submit(writes.preference(user_id=user_id, name=name, value=value, at=moment))


def delete_user_stats(*, user_id: str) -> Receipt:
    """Delete the stats; their source data stays, and they are derived from it again.

    Raises RedisUnavailable, because this write cannot be pending.
    """
    return submit(writes.deletion(user_id=user_id, at=now_ms()))
