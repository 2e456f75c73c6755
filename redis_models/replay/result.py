"""What a drain did, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DrainResult:
    """What a drain did: rows applied, those of them that are fenced and have left, dead letters made.

    `stopped_by` is empty, or why rows are left that were due.
    """

    applied: int = 0
    fenced: int = 0
    dead_letters: int = 0
    stopped_by: str = ""

    def __add__(self, other: "DrainResult") -> "DrainResult":
        return DrainResult(
            self.applied + other.applied,
            self.fenced + other.fenced,
            self.dead_letters + other.dead_letters,
            self.stopped_by or other.stopped_by,
        )
