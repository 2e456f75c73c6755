"""Where a row of the journal stands."""

from enum import StrEnum


class State(StrEnum):
    """Where a row stands."""

    IN_FLIGHT = "in flight"
    PENDING = "pending"
    APPLIED = "applied"
    DEAD_LETTER = "set aside"
