"""What a command answers with."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Status:
    """A reply that is a status, not a text."""

    text: bytes


Reply = int | bytes | Status | list[bytes] | list[bytes | None] | None
OK: Final = Status(b"OK")
