"""The result of a drain."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DrainResult:
    """The numbers of rows applied, of rows confirmed durable and dropped (`fenced`), and of new dead letters.

    `held_back` rows got an error that is not known, and are tried again later. `stopped_by` is why due rows are left in
    the journal, or empty.
    """

    applied: int = 0
    fenced: int = 0
    dead_letters: int = 0
    stopped_by: str = ""
    held_back: int = 0

    def __add__(self, other: "DrainResult") -> "DrainResult":
        return DrainResult(
            self.applied + other.applied,
            self.fenced + other.fenced,
            self.dead_letters + other.dead_letters,
            self.stopped_by or other.stopped_by,
            self.held_back + other.held_back,
        )
