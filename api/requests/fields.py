"""Serializer fields that do not convert: a string is not accepted as a number, a number as a string, or 1 as true."""

import re
from typing import Any, ClassVar, cast

from rest_framework import serializers

from api.errors import WrongFields
from redis_models.errors import Invalid
from redis_models.schema import codec
from redis_models.schema.identifiers import valid_id


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses unknown fields (`userId` excepted); see `valid` for its errors.

    `example` is a valid body, for the OpenAPI document.
    """

    example: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        """Return the typed values; raises ValidationError, also for unknown and read-only fields."""
        known = {name for name, field in self.fields.items() if not field.read_only}
        if isinstance(data, dict) and (unknown := sorted(set(data) - known - {"userId"})):
            raise serializers.ValidationError({name: ["There is no such field."] for name in unknown[:10]})
        return super().to_internal_value(data)


class StrictCharField(serializers.CharField):
    """One line of text."""

    refused: ClassVar[re.Pattern[str]] = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "It must be a text.",
        "control": "It must not contain control characters.",
    }

    def to_internal_value(self, data: Any) -> str:
        """Return the text; raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        if self.refused.search(data):
            self.fail("control")
        return super().to_internal_value(data)


class StrictTextField(StrictCharField):
    """Text of several lines."""

    refused = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class StrictIntegerField(serializers.IntegerField):
    """A JSON integer."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number; raises ValidationError."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class StrictFloatField(serializers.FloatField):
    """A JSON number."""

    def to_internal_value(self, data: Any) -> float:
        """Return the number; raises ValidationError."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return float(data)


class StrictBooleanField(serializers.BooleanField):
    """`true` or `false`."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the value; raises ValidationError."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictListField(serializers.ListField):
    """A list whose length is checked before its elements are."""

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the typed elements; raises ValidationError."""
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class IdField(StrictCharField):
    """An id; see `redis_models.schema.identifiers` for the grammar."""

    def to_internal_value(self, data: Any) -> str:
        """Return the id; raises ValidationError."""
        try:
            return valid_id(data, name=self.field_name or "id")
        except Invalid as error:
            raise serializers.ValidationError(str(error)) from None


class MomentField(StrictCharField):
    """A time, ISO 8601; its value is milliseconds since the epoch, UTC."""

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        """Return ms since the epoch; raises ValidationError."""
        try:
            return codec.ms_from_iso(super().to_internal_value(data))
        except Invalid as error:
            raise serializers.ValidationError(str(error)) from error


def valid(serializer: serializers.BaseSerializer[Any]) -> dict[str, Any]:
    """Return the serializer's typed values; raises WrongFields."""
    if serializer.is_valid():
        return dict(serializer.validated_data)
    errors = cast("dict[str, Any]", serializer.errors)
    raise WrongFields({name: _first(found) for name, found in errors.items()})


def _first(errors: Any) -> str:
    """Return the first message of nested errors, with its path."""
    if isinstance(errors, dict):
        name, inner = next(iter(errors.items()))
        return f"{name}: {_first(inner)}"
    if isinstance(errors, list):
        place = next(number for number, inner in enumerate(errors) if inner)
        nested = isinstance(errors[place], dict | list)
        return f"{place}: {_first(errors[place])}" if nested else str(errors[place])
    return str(errors)
