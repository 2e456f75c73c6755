"""The shapes that answers have in common, for the schema: errors, what a write rests on, pages."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class ErrorOut(serializers.Serializer[object]):
    """An error of the existing API."""

    error = serializers.CharField()


@extend_schema_field({"oneOf": [{"type": "string", "const": "server"}, {"type": "boolean", "const": False}]})
class DurableField(serializers.Field):  # type: ignore[type-arg]  # only its schema is used
    """What a write that was accepted rests on, where that is less than promised."""


class StateOut(serializers.Serializer[object]):
    """A write: stored, or pending (202) while it is only in the journal."""

    state = serializers.ChoiceField(choices=["stored", "pending"])
    durable = DurableField(required=False)


class IdStateOut(StateOut):
    """A write to one thing, and its id."""

    id = serializers.CharField()


class StaleOut(serializers.Serializer[object]):
    """What an answer says in addition that does not come from Redis; `pending` writes of the user wait."""

    redisHealthy = serializers.BooleanField(required=False)
    stale = serializers.BooleanField(required=False)
    pending = serializers.IntegerField(required=False)


class PageOut(StaleOut):
    """A page: cursors of the pages beside it, null where there is none."""

    nextCursor = serializers.CharField(allow_null=True)
    previousCursor = serializers.CharField(allow_null=True)


class WrongFieldOut(serializers.Serializer[object]):
    """One field, and what is wrong with it."""

    field = serializers.CharField()
    detail = serializers.CharField()


class ProblemOut(serializers.Serializer[object]):
    """An error under /api/v1: a problem document (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(required=False)
    errors = WrongFieldOut(many=True, required=False)  # type: ignore[assignment]  # DRF takes fields off the class
