"""One sentence per day, from `affirmations.txt`."""

import hashlib
from datetime import date
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("affirmations.txt")


@cache
def sentences() -> tuple[str, ...]:
    """Return all sentences of the file."""
    lines = (line.strip() for line in _FILE.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def sentence_of(day: date, *, user_id: str) -> str:
    """Return the user's sentence of the day. All sentences are shown before one repeats."""
    shift = int.from_bytes(hashlib.sha256(user_id.encode()).digest()[:4])
    return sentences()[(day.toordinal() + shift) % len(sentences())]
