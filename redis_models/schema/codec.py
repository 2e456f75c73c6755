"""Convert values to and from the strings in a Redis hash, by the annotation of the field."""

import types
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Union, get_args, get_origin

import msgspec

from redis_models.errors import Invalid
from texts.typed_json import decoder

NO_TIME: Final = "A time must be ISO 8601, e.g. 2026-11-23T08:00:00.000Z."


def iso(moment: datetime) -> str:
    """Return the moment as ISO 8601 UTC with milliseconds and Z; a naive one counts as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_from_ms(ms: int) -> str:
    """Return milliseconds since the epoch as ISO 8601 UTC with milliseconds and Z."""
    return iso(datetime.fromtimestamp(ms // 1000, tz=UTC).replace(microsecond=ms % 1000 * 1000))


def ms_from_iso(text: str) -> int:
    """Return milliseconds since the epoch; raises Invalid if the text is not ISO 8601 of the years 1 to 9999, UTC."""
    try:
        moment = _decode_datetime(text).astimezone(UTC)
    except OverflowError:
        raise Invalid(NO_TIME) from None
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def _decode_datetime(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(NO_TIME) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _decode_bool(text: str) -> bool:
    return text == "1"


_DECODERS: dict[type, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: _decode_bool,
    datetime: _decode_datetime,
}


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, types.UnionType):
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def encode(value: Any) -> str:
    """Return the stored string of a str, int, float, bool, StrEnum or datetime; of anything else, its JSON."""
    match value:
        case bool():
            return str(int(value))
        case str():
            return str(value)
        case datetime():
            return iso(value)
        case int() | float():
            return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)
        case _:
            return msgspec.json.encode(value).decode()


def decode(annotation: Any, text: str) -> Any:
    """Return the value that `encode` made the text from; raises Invalid if the text does not fit the annotation."""
    kind = _without_none(annotation)
    try:
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return kind(text)
        if kind in _DECODERS:
            return _DECODERS[kind](text)
        return decoder(kind).decode(text)
    except (ValueError, msgspec.MsgspecError) as error:
        raise Invalid(f"A stored value is not a {getattr(kind, '__name__', kind)}.") from error
