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

    id = IdField(required=False)
    score = StrictFloatField(min_value=0, max_value=10)
    note = StrictTextField(max_length=NOTE_MAX_LENGTH, required=False, default="", allow_blank=True)
    tags = serializers.ListField(
        child=StrictCharField(max_length=TAG_MAX_LENGTH), max_length=TAGS_AT_MOST, required=False, default=list
    )
    timestamp = MomentField(required=False)


class MoodChange(StrictSerializer):
    """What is to be corrected; what is left out stays."""

    score = StrictFloatField(min_value=0, max_value=10, required=False)
    note = StrictTextField(max_length=NOTE_MAX_LENGTH, required=False, allow_blank=True)
    tags = serializers.ListField(
        child=StrictCharField(max_length=TAG_MAX_LENGTH), max_length=TAGS_AT_MOST, required=False
    )
    timestamp = MomentField(required=False)


class StreaksChange(StrictSerializer):
    """Whether streaks are shown."""

    enabled = StrictBooleanField()
