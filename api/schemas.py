"""The shapes of errors, for the schema."""

from rest_framework import serializers


class ErrorOut(serializers.Serializer[object]):
    """An error of the existing API."""

    error = serializers.CharField()


class StateOut(serializers.Serializer[object]):
    """A write, and nothing more to say."""

    state = serializers.ChoiceField(choices=["stored", "pending"])


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
