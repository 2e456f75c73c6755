"""What an answer says of itself if it does not come from Redis."""

from typing import Any

from redis_models.reader import Answer


def stale_out(answer: Answer) -> dict[str, Any]:
    """Return the flags of an answer that does not come from Redis; nothing for one that does."""
    return {} if answer.is_live else {"redisHealthy": False, "stale": True, "pending": answer.pending}
