"""The names of the keys of a claim on an email, which share a slot on a cluster. `email` is normalised already."""

from typing import Final

from redis_models.schema.keys import is_cluster

_ESCAPES: Final = str.maketrans({"%": "%25", "{": "%7B", "}": "%7D"})


def claim(email: str) -> str:
    """Name the string of the id of the user who owns the email."""
    return _of(email, "userId")


def claimed_at(email: str) -> str:
    """Name the string of the time (ms) at which the owner's claim was made or repeated last."""
    return _of(email, "claimedAt")


def claimants(email: str) -> str:
    """Name the hash of user id -> when each origin said that the email is theirs, of the owner and of who lost it."""
    return _of(email, "claimants")


def claimed_by(email: str) -> str:
    """Name the string of the request that may undo the claim; on a cluster only: the profile is another write there."""
    return _of(email, "claimedBy")


def _of(email: str, part: str) -> str:
    shown = f"{{{email.translate(_ESCAPES)}}}" if is_cluster() else email
    return f"email:{shown}:{part}"
