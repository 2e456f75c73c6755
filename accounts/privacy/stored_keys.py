"""Complete values of a user's keys, as they are in Redis."""

from collections.abc import Sequence

from redis_models import gateway
from redis_models.budget import budget
from redis_models.operations.read import Read
from redis_models.schema.snapshot import StoredKey

READ_BUDGET_S = 10.0
ELEMENTS_AT_MOST = 50_000_000


def stored_keys(user_id: str, names: Sequence[str]) -> list[StoredKey]:
    """Return the keys that exist, in the order of `names`; raises RedisUnavailable."""
    question = Read(user_id, "redis_models.snapshot.1", tuple(names), (str(ELEMENTS_AT_MOST),))
    with budget(READ_BUDGET_S):
        _, *entries = gateway.read(question)
    found = zip(names, entries, strict=True)
    return [StoredKey(name, kind, tuple(elements)) for name, (kind, *elements) in found if kind != "none"]
