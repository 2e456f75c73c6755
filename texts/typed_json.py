"""Typed JSON: the only place that makes decoders, one for each type of a process, by one thread at a time.

msgspec stores a description of a class on the class before the description is complete. If another thread decodes the
same type meanwhile, it reads an incomplete description, and the process ends with a segmentation fault (msgspec 0.22).
So no type is decoded before its decoder is complete. Encoding uses no such description.
"""

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_building = threading.Lock()
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Return the process's decoder for the type. `decode` raises msgspec.DecodeError and ValidationError."""
    found = _decoders.get(kind)
    if found is None:
        with _building:
            found = _decoders[kind] = msgspec.json.Decoder(kind)
    return found


def convert(value: Any, kind: type[T]) -> T:
    """Return JSON objects and lists as a value of the type; raises msgspec.ValidationError."""
    decoder(kind)
    return msgspec.convert(value, kind)
