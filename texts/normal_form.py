"""Normal forms of text, at a cost that grows with its length alone. Nothing else normalises text (ruff refuses it).

Normalising sorts each run of combining marks, which takes the square of the run's length. So a text is bounded first:
its length, then its runs, to the 30 marks of the Stream-Safe Text Format (UAX #15, section 13). Marks are counted in
the compatibility decomposition, in which one character may be two marks, or end with three.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import takewhile
from typing import Final

MARKS_AT_MOST: Final = 30
CHARACTERS_AT_MOST: Final = 256 * 1024


def is_stream_safe(text: str) -> bool:
    """Return whether no more than 30 combining marks follow each other."""
    return text.isascii() or all(run <= MARKS_AT_MOST for _, run in _decomposed(text))


def normal_form(text: str) -> str:
    """Return the text in NFKC, without the marks of a run after its 30th.

    What follows its first 256 Ki characters is left out.
    """
    short = text[:CHARACTERS_AT_MOST]
    if short.isascii():
        return short
    kept = "".join(parts for parts, run in _decomposed(short) if run <= MARKS_AT_MOST)
    return unicodedata.normalize("NFKC", kept)


def comparable(text: str) -> str:
    """Return the normal form in small letters, as texts are compared in which marks count."""
    return normal_form(text).casefold()


def folded(text: str) -> str:
    """Return the text in small letters, without combining marks and invisible characters.

    What follows its first 256 Ki characters is left out.
    """
    return "".join(map(_folded, text[:CHARACTERS_AT_MOST]))


def _decomposed(text: str) -> Iterator[tuple[str, int]]:
    """Yield each character's decomposition, with how long the run of marks is that it ends with (0 without one)."""
    run = 0
    for character in text:
        parts, marks = _decomposition(character)
        run = run + marks if marks == len(parts) else marks
        yield parts, run


@lru_cache(maxsize=4096)
def _decomposition(character: str) -> tuple[str, int]:
    """Return the decomposition, and how many marks it ends with: no character has marks before a letter."""
    parts = unicodedata.normalize("NFKD", character)
    return parts, sum(1 for _ in takewhile(unicodedata.combining, reversed(parts)))


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if not _is_mark_or_invisible(part)).casefold()


def _is_mark_or_invisible(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("M") or category == "Cf"
