"""The site's own writes, as data. No I/O; the importer submits them."""

from collections.abc import Sequence

from redis_models.operations.write import Write


def forget_legacy(*, user_id: str, old_keys: Sequence[str], at: int) -> Write:
    """Remove a user's keys of older layouts; no other write creates such keys."""
    return Write(user_id, "aira_site.forget_legacy.1", tuple(old_keys), (), at, deferrable=False)
