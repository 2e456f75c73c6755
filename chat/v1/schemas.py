"""What the chat answers under /api/v1, for the schema; the functions `…_out` make it."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from accounts.models import Plan
from api.answers.schemas import IdStateOut, PageOut, StaleOut, StateOut

EVENTS = {
    (200, "text/event-stream"): OpenApiResponse(
        OpenApiTypes.STR,
        description="Server-sent events: `reply` (replyId), `delta` (text), then `done` (replyId, message) or `error` "
        "(replyId, code, detail, canGoOn); or `help` (message, helplines) and `done`. Ids are characters told.",
    )
}
"""The answer of what streams a reply."""


class ConversationOut(serializers.Serializer[object]):
    """A conversation without its messages; in an outage times may be unknown."""

    id = serializers.CharField()
    title = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    createdAt = serializers.DateTimeField(allow_null=True)
    updatedAt = serializers.DateTimeField(allow_null=True)
    messageCount = serializers.IntegerField()
    archived = serializers.BooleanField()


class ConversationPageOut(PageOut):
    """Conversations, newest first."""

    items = ConversationOut(many=True)


class ConversationChangedOut(IdStateOut):
    """What was changed."""

    title = serializers.CharField(required=False)
    tags = serializers.ListField(child=serializers.CharField(), required=False)
    archived = serializers.BooleanField(required=False)


class MessageOut(serializers.Serializer[object]):
    """A message. One of Aira's says what it answers and replaces, who wrote it, and how it ended if not by itself."""

    id = serializers.CharField()
    role = serializers.ChoiceField(choices=["user", "assistant"])
    content = serializers.CharField()
    timestamp = serializers.DateTimeField()
    emotion = serializers.CharField(required=False)
    replyTo = serializers.CharField(required=False)
    replaces = serializers.CharField(required=False)
    source = serializers.CharField(required=False)  # type: ignore[assignment]  # DRF takes fields off the class
    ending = serializers.ChoiceField(choices=["stopped", "interrupted"], required=False)


class UnfinishedReplyOut(serializers.Serializer[object]):
    """A reply that is no message: being written (open), cut off with text (interrupted), or without a word (failed)."""

    id = serializers.CharField()
    replyTo = serializers.CharField()
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=["open", "interrupted", "failed"])
    error = serializers.CharField(allow_null=True)


class MessagePageOut(PageOut):
    """Messages in the order of their arrival; the page with the newest one has the replies that are none yet."""

    items = MessageOut(many=True)
    replies = UnfinishedReplyOut(many=True)


class AppendedOut(StateOut):
    """The ids of what was appended."""

    ids = serializers.ListField(child=serializers.CharField())


class UsageOut(StaleOut):
    """Messages to Aira today; null is no limit. `planKnown` is there, and false, where an outage hides the plan."""

    plan = serializers.ChoiceField(choices=list(Plan))
    used = serializers.IntegerField()
    remaining = serializers.IntegerField(allow_null=True)
    limit = serializers.IntegerField(allow_null=True)
    allowed = serializers.BooleanField()
    resetsAt = serializers.DateTimeField()
    planKnown = serializers.BooleanField(required=False)


class PlanOut(serializers.Serializer[object]):
    """What a plan includes; null is no limit."""

    plan = serializers.ChoiceField(choices=list(Plan))
    messagesADay = serializers.IntegerField(allow_null=True)
    moodDays = serializers.IntegerField(allow_null=True)


class PlansOut(serializers.Serializer[object]):
    """All plans."""

    items = PlanOut(many=True)


class HelplineOut(serializers.Serializer[object]):
    """A line to call, and the day on which its entry was last gone over."""

    name = serializers.CharField()
    phone = serializers.CharField()
    hours = serializers.CharField()
    checkedOn = serializers.DateField()
    website = serializers.CharField(allow_null=True)


class CountryOut(serializers.Serializer[object]):
    """A country (ISO 3166), its emergency number, and its lines."""

    code = serializers.CharField()
    name = serializers.CharField()
    emergency = serializers.CharField()
    lines = HelplineOut(many=True)


class HelplinesOut(serializers.Serializer[object]):
    """The chosen country, or all."""

    countries = CountryOut(many=True)
