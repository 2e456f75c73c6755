"""The fields that mark an answer that does not come from Redis."""

from typing import Any

from redis_models.reader import Answer


def staleness(answer: Answer) -> dict[str, Any]:
    """Return the fields of StaleOut for an answer that does not come from Redis; empty for one that does."""
    return {} if answer.is_live else {"redis_healthy": False, "stale": True, "pending": answer.pending}
