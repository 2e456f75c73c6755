"""The parts of a user's data. In an outage, a part is shown completely or not at all."""

from collections.abc import Iterable
from functools import cache
from typing import Final

from redis_models.schema import keys
from redis_models.schema.identifiers import ID_GRAMMAR

OWN_PART: Final = ""
"""The name of the part that holds the user's own keys, without single conversations."""


def parts_of(user_id: str, touched: Iterable[str]) -> tuple[str, ...]:
    """Return the parts that these keys of the user belong to: always OWN_PART, then ids of conversations.

    A key of neither is a part of its own; keys that are in no snapshot belong to no part.
    """
    own, beside, prefix = _own_names(), _names_beside(), keys.of(user_id, "")
    found = (_part_of(key, own, prefix) for key in touched if key.removeprefix(prefix) not in beside)
    return tuple(dict.fromkeys((OWN_PART, *found)))


def _part_of(key: str, own: frozenset[str], prefix: str) -> str:
    name = key.removeprefix(prefix)
    if name in own:
        return OWN_PART
    kind, _, rest = name.partition(":")
    return rest.partition(":")[0] if kind == "conversation" else key


@cache
def _own_names() -> frozenset[str]:
    return frozenset(key.rpartition(":")[2] for key in _own_part("u"))


@cache
def _names_beside() -> frozenset[str]:
    return frozenset(key.rpartition(":")[2] for key in keys.beside_snapshot("u"))


def keys_of_part(user_id: str, part: str) -> tuple[str, ...]:
    """Return the keys of a part; they are always read together."""
    if part == OWN_PART:
        return _own_part(user_id)
    return keys.of_conversation(user_id, part) if ID_GRAMMAR.fullmatch(part) else (part,)


def _own_part(user_id: str) -> tuple[str, ...]:
    return (keys.erased(user_id), *keys.of_user(user_id))
