"""How many users a process remembers: those it has seen last."""

from collections import OrderedDict
from typing import Final, TypeVar

USERS_AT_MOST: Final = 10_000
Value = TypeVar("Value")


def remember(known: OrderedDict[str, Value], user_id: str, value: Value) -> None:
    """Put the user last, with this value, and forget those first in order who are too many."""
    known[user_id] = value
    known.move_to_end(user_id)
    while len(known) > USERS_AT_MOST:
        known.popitem(last=False)
