"""Requests about moods and streaks, under /api/v1."""

from api.requests.fields import (
    IdField,
    MomentField,
    StrictBooleanField,
    StrictCharField,
    StrictFloatField,
    StrictListField,
    StrictSerializer,
    StrictTextField,
)
from dashboard.services import NOTE_MAX_LENGTH, TAG_MAX_LENGTH, TAGS_AT_MOST


class MoodIn(StrictSerializer):
    """A new entry; the default for `timestamp` is now."""

    example = {"score": 7.5, "note": "slept well", "tags": ["sleep"]}
    id = IdField(required=False, help_text="An id of your choice, which makes the request safe to repeat.")
    score = StrictFloatField(min_value=0, max_value=10, help_text="From 0 (very low) to 10 (very good).")
    note = StrictTextField(
        max_length=NOTE_MAX_LENGTH,
        required=False,
        default="",
        allow_blank=True,
        help_text="A note in the user's words.",
    )
    tags = StrictListField(
        child=StrictCharField(max_length=TAG_MAX_LENGTH),
        max_length=TAGS_AT_MOST,
        required=False,
        default=list,
        help_text="Tags.",
    )
    timestamp = MomentField(required=False, help_text="The moment of the mood; by default, now.")


class MoodChange(StrictSerializer):
    """Corrections of an entry; fields that are left out stay unchanged."""

    example = {"note": "slept very well"}
    score = StrictFloatField(min_value=0, max_value=10, required=False, help_text="The new score.")
    note = StrictTextField(max_length=NOTE_MAX_LENGTH, required=False, allow_blank=True, help_text="The new note.")
    tags = StrictListField(
        child=StrictCharField(max_length=TAG_MAX_LENGTH),
        max_length=TAGS_AT_MOST,
        required=False,
        help_text="The new tags, which replace all tags.",
    )
    timestamp = MomentField(required=False, help_text="The correct moment of the mood.")


class StreaksChange(StrictSerializer):
    """Whether streaks are shown."""

    example = {"enabled": False}
    enabled = StrictBooleanField(help_text="Whether streaks are shown.")
