"""Normal forms of text, in time linear in the text's length. Nothing else normalises text (ruff forbids it).

Normalising sorts each run of combining marks, in time quadratic in the run's length. So the length of the text is
limited first, and then the length of its runs, to the 30 marks of the Stream-Safe Text Format (UAX #15, section 13).
Marks are counted in the compatibility decomposition, in which one character may be two marks, or end with three.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import takewhile
from typing import Final, Literal

MARKS_AT_MOST: Final = 30
CHARACTERS_AT_MOST: Final = 256 * 1024
Form = Literal["NFC", "NFD", "NFKC"]


def is_stream_safe(text: str) -> bool:
    """Return whether the text has no run of more than 30 combining marks."""
    return text.isascii() or all(run <= MARKS_AT_MOST for _, run in _with_runs(text))


def normal_form(text: str) -> str:
    """Return the text in NFKC, without the marks of a run after its 30th, cut to its first 256 Ki characters."""
    return _normalised(text, "NFKC")


def composed(text: str) -> str:
    """Return the text in NFC, within the same bounds."""
    return _normalised(text, "NFC")


def decomposed(text: str) -> str:
    """Return the text in NFD, within the same bounds."""
    return _normalised(text, "NFD")


def comparable(text: str) -> str:
    """Return the case-folded NFKC, for finding what was meant, even if it was typed in full-width letters."""
    return normal_form(text).casefold()


def caseless(text: str) -> str:
    """Return the case-folded NFC: the same for texts that differ only in case or in how they were typed."""
    return composed(composed(text).casefold())


def each_once(texts: Iterable[str]) -> Iterator[str]:
    """Yield the texts as they are, except those that are caseless the same as an earlier one."""
    known: set[str] = set()
    for text in texts:
        key = caseless(text)
        if key not in known:
            known.add(key)
            yield text


def folded(text: str) -> str:
    """Return the case-folded text without combining marks and invisible characters, cut to 256 Ki characters."""
    return "".join(map(_folded, text[:CHARACTERS_AT_MOST]))


def _normalised(text: str, form: Form) -> str:
    short = text[:CHARACTERS_AT_MOST]
    if short.isascii():
        return short
    kept = "".join(character for character, run in _with_runs(short) if run <= MARKS_AT_MOST)
    return unicodedata.normalize(form, kept)


def _with_runs(text: str) -> Iterator[tuple[str, int]]:
    """Yield each character, and the length of the run of marks at the end of its decomposition (0 if none)."""
    run = 0
    for character in text:
        parts, marks = _decomposition(character)
        run = run + marks if marks == len(parts) else marks
        yield character, run


@lru_cache(maxsize=4096)
def _decomposition(character: str) -> tuple[str, int]:
    """Return the decomposition, and the number of marks at its end. No character has marks before a letter."""
    parts = unicodedata.normalize("NFKD", character)
    return parts, sum(1 for _ in takewhile(unicodedata.combining, reversed(parts)))


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if not _is_mark_or_invisible(part)).casefold()


def _is_mark_or_invisible(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("M") or category == "Cf"
