"""What the dashboard answers under /api/v1, for the schema; the functions `…_out` make it."""

from rest_framework import serializers

from accounts.models import Plan
from api.answers.schemas import PageOut, StaleOut, StateOut


class RecentOut(serializers.Serializer[object]):
    """One of the newest conversations: its creation and its title."""

    timestamp = serializers.CharField()
    summary = serializers.CharField()


class DashboardOut(serializers.Serializer[object]):
    """What a user sees first. `asOf` is when it was true, where it does not come from Redis; else null."""

    conversations = serializers.IntegerField()
    moodScore = serializers.FloatField()
    daysActive = serializers.IntegerField()
    recentConversations = RecentOut(many=True)
    plan = serializers.ChoiceField(choices=list(Plan))
    redisHealthy = serializers.BooleanField()
    asOf = serializers.DateTimeField(allow_null=True)
    stale = serializers.BooleanField(required=False)
    pending = serializers.IntegerField(required=False)


class MoodOut(serializers.Serializer[object]):
    """One mood."""

    id = serializers.CharField()
    score = serializers.FloatField(min_value=0, max_value=10)
    timestamp = serializers.DateTimeField()
    note = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())


class MoodPageOut(PageOut):
    """Moods, newest first; `days` is how far back the plan shows them, null is all."""

    items = MoodOut(many=True)
    days = serializers.IntegerField(allow_null=True)


class MoodChangedOut(MoodOut, StateOut):
    """A mood as it was corrected."""


class MoodOfDayOut(serializers.Serializer[object]):
    """A day's average."""

    date = serializers.DateField()
    average = serializers.FloatField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes fields off the class


class MoodOfWeekdayOut(serializers.Serializer[object]):
    """A weekday's average; 0 is Monday."""

    weekday = serializers.IntegerField(min_value=0, max_value=6)
    average = serializers.FloatField()
    entries = serializers.IntegerField()


class MoodOfLabelOut(serializers.Serializer[object]):
    """The entries of one label; without any, the average is null."""

    label = serializers.CharField()  # type: ignore[assignment]
    average = serializers.FloatField(allow_null=True)
    entries = serializers.IntegerField()


class MoodOfTagOut(serializers.Serializer[object]):
    """The entries with a tag beside those without it; null where all have it."""

    tag = serializers.CharField()
    average = serializers.FloatField()
    entries = serializers.IntegerField()
    averageWithout = serializers.FloatField(allow_null=True)


class InsightOut(serializers.Serializer[object]):
    """A sentence and the numbers it rests on."""

    text = serializers.CharField()
    numbers = serializers.DictField()


class MoodStatisticsOut(StaleOut):
    """Figures about the last days; `days` is how many of them the plan shows, null is all."""

    days = serializers.IntegerField(allow_null=True)
    average = serializers.FloatField()
    highest = serializers.FloatField()
    lowest = serializers.FloatField()
    trend = serializers.ChoiceField(choices=["improving", "declining", "stable"])
    totalEntries = serializers.IntegerField()
    byDay = MoodOfDayOut(many=True)
    byWeekday = MoodOfWeekdayOut(many=True)
    distribution = MoodOfLabelOut(many=True)
    tags = MoodOfTagOut(many=True)
    insights = InsightOut(many=True)


class StreakOut(serializers.Serializer[object]):
    """Days in a row, the days that count, and why."""

    current = serializers.IntegerField()
    longest = serializers.IntegerField()
    todayCounts = serializers.BooleanField()
    days = serializers.ListField(child=serializers.DateField())
    brokenOn = serializers.DateField(allow_null=True)
    why = serializers.CharField()


class StreaksOut(StaleOut):
    """Streaks by what they are of (active, mood, journal, chat); none where they are switched off."""

    enabled = serializers.BooleanField()
    streaks = serializers.DictField(child=StreakOut())


class StreaksChangedOut(StateOut):
    """Whether they are shown."""

    enabled = serializers.BooleanField()
