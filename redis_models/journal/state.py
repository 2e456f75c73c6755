"""The states of the journal's rows."""

from enum import StrEnum


class State(StrEnum):
    """The state of a row; see `redis_models.journal.rows`."""

    IN_FLIGHT = "in flight"
    PENDING = "pending"
    APPLIED = "applied"
    DEAD_LETTER = "set aside"
