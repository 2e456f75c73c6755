"""The names of the keys of erasures and revocations, which share a slot on a cluster. None of them names a user."""

from redis_models.schema.keys import is_cluster


def announced() -> tuple[str, str]:
    """Name the zset of announced erasures, and the zset of hosts by the time (us) up to which they have confirmed."""
    return (_beginning(), f"{_beginning()}:hosts") if is_cluster() else ("aira:erasures", "aira:hosts")


def unfinished() -> str:
    """Name the hash of digest of the receipt's token -> an erasure that is not finished."""
    return f"{_beginning()}:unfinished"


def receipt(digest: str) -> str:
    """Name the hash of an erasure's receipt, by the digest of its token."""
    return f"{_beginning()}:receipt:{digest}"


def revoked() -> tuple[str, str]:
    """Name the zset of revocations by when each was told (us), and the hash of the times (ms) up to which they hold."""
    told = f"{_beginning()}:revoked" if is_cluster() else "aira:revoked"
    return told, f"{told}:until"


def _beginning() -> str:
    return "aira:{erasures}" if is_cluster() else "aira:erasures"
