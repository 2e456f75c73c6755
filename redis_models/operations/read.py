"""A read as data: plain strings that Redis and a shadow answer alike."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Read:
    """One read of one user's data: a script's name, its KEYS and ARGV.

    A read is never kept in the journal: if its script also writes, that may happen twice or be lost.
    """

    user_id: str
    script: str
    keys: tuple[str, ...]
    args: tuple[str, ...] = ()
