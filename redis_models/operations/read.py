"""A question is data as well: plain strings that a live server and a shadow answer alike."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Read:
    """One question about one user's data: a script's name, its KEYS and ARGV. A read never changes what it is asked."""

    user_id: str
    script: str
    keys: tuple[str, ...]
    args: tuple[str, ...] = ()
