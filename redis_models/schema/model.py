"""The base of all Redis models: frozen dataclasses that convert to and from Redis hashes. Models do no I/O."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import MISSING, Field, field, fields
from functools import cache
from typing import Any, ClassVar, Self, cast, get_type_hints

from redis_models.errors import Invalid
from redis_models.schema import codec


def stored_as(name: str, **options: Any) -> Any:
    """Declare a dataclass field that has another name in the hash."""
    return field(metadata={"stored_as": name}, **options)


def pairs(flat: Sequence[str]) -> dict[str, str]:
    """Return HGETALL's flat reply as a dict."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


@cache
def _hints(model: Hashable) -> dict[str, Any]:
    return get_type_hints(cast("type", model))


def _stored_name(model_field: Field[Any]) -> str:
    return str(model_field.metadata.get("stored_as", model_field.name))


class HashModel:
    """A mixin for a frozen dataclass whose annotations say how each field is stored (see `codec`)."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @classmethod
    def from_hash(cls, stored: Mapping[str, str]) -> Self:
        """Build the model; missing fields get their defaults, unknown fields of the hash are ignored.

        Raises Invalid if a field without a default is missing or a value does not fit its annotation.
        """
        values: dict[str, Any] = {}
        for model_field in fields(cls):
            name = _stored_name(model_field)
            if name in stored:
                values[model_field.name] = codec.decode(_hints(cast("Hashable", cls))[model_field.name], stored[name])
            elif model_field.default is MISSING and model_field.default_factory is MISSING:
                raise Invalid(f"A stored {cls.__name__} lacks its {name}.")
        return cls(**values)

    def to_hash(self) -> dict[str, str]:
        """Return the fields of the hash, without fields that are None."""
        return {
            _stored_name(model_field): codec.encode(value)
            for model_field in fields(self)
            if (value := getattr(self, model_field.name)) is not None
        }
