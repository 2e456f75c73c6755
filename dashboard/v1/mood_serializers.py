"""Moods and streaks, as they are sent to /api/v1."""

from rest_framework import serializers

from api.requests.fields import (
    IdField,
    MomentField,
    StrictBooleanField,
    StrictCharField,
    StrictFloatField,
    StrictSerializer,
    StrictTextField,
)
from dashboard.services import NOTE_MAX_LENGTH, TAG_MAX_LENGTH, TAGS_AT_MOST


class MoodIn(StrictSerializer):
    """A new entry; without a `timestamp` it is of now."""

    example = {"score": 7.5, "note": "slept well", "tags": ["sleep"]}
    id = IdField(required=False, help_text="An id of your own, so that the request can be repeated.")
    score = StrictFloatField(min_value=0, max_value=10, help_text="From 0 (very low) to 10 (very good).")
    note = StrictTextField(
        max_length=NOTE_MAX_LENGTH, required=False, default="", allow_blank=True, help_text="The user's own words."
    )
    tags = serializers.ListField(
        child=StrictCharField(max_length=TAG_MAX_LENGTH),
        max_length=TAGS_AT_MOST,
        required=False,
        default=list,
        help_text="What went with it.",
    )
    timestamp = MomentField(required=False, help_text="The moment that it is of; without one, now.")


class MoodChange(StrictSerializer):
    """What is to be corrected; what is left out stays."""

    example = {"note": "slept very well"}
    score = StrictFloatField(min_value=0, max_value=10, required=False, help_text="The new score.")
    note = StrictTextField(max_length=NOTE_MAX_LENGTH, required=False, allow_blank=True, help_text="The new note.")
    tags = serializers.ListField(
        child=StrictCharField(max_length=TAG_MAX_LENGTH),
        max_length=TAGS_AT_MOST,
        required=False,
        help_text="The new tags; they replace all.",
    )
    timestamp = MomentField(required=False, help_text="The moment that it is really of.")


class StreaksChange(StrictSerializer):
    """Whether streaks are shown."""

    example = {"enabled": False}
    enabled = StrictBooleanField(help_text="Whether streaks are shown.")
