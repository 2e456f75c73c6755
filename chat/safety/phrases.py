"""Crisis phrases: whether a message contains words of somebody who may be in danger. There is no score or diagnosis."""

import re
from functools import cache
from pathlib import Path

from texts.normal_form import folded

_FILE = Path(__file__).with_name("crisis_phrases.txt")
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def is_crisis(text: str) -> bool:
    """Return whether the text contains a phrase of the file, in any case and with any punctuation between words.

    Combining marks on letters are ignored.
    """
    return _pattern().search(f" {_plain(text)} ") is not None


def _plain(text: str) -> str:
    """Return the text in lower case, with one space between words, without combining marks and apostrophes."""
    # Apostrophes are removed before decomposition, because ´ becomes a space and a mark, and again after it, because
    # the full-width apostrophe becomes a plain one.
    without_apostrophes = _APOSTROPHES.sub("", folded(_APOSTROPHES.sub("", text)))
    return _BETWEEN_WORDS.sub(" ", without_apostrophes).strip()


def phrases() -> list[str]:
    """Return all phrases of the file."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(" (?:" + "|".join(re.escape(_plain(phrase)) for phrase in phrases()) + ") ")
