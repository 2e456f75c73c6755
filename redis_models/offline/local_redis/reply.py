"""The replies of commands."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Status:
    """A status reply, as opposed to a string."""

    text: bytes


Reply = int | bytes | Status | list[bytes] | list[bytes | None] | None
OK: Final = Status(b"OK")
