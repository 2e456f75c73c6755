"""Whether a message holds words of somebody who may be in danger. No score, no diagnosis: found or not."""

import re
from functools import cache
from pathlib import Path

from texts.normal_form import folded

_FILE = Path(__file__).with_name("crisis_phrases.txt")
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def is_crisis(text: str) -> bool:
    """Return whether a phrase of the file is in the text, in any case, with any punctuation between its words.

    Combining marks on the letters change nothing, however many there are.
    """
    return _pattern().search(f" {_plain(text)} ") is not None


def _plain(text: str) -> str:
    """Return the text in small letters, with one space between words, without marks on them and apostrophes."""
    # Before, since ´ decomposes into a space and a mark; after, since the wide apostrophe decomposes into one.
    without_apostrophes = _APOSTROPHES.sub("", folded(_APOSTROPHES.sub("", text)))
    return _BETWEEN_WORDS.sub(" ", without_apostrophes).strip()


def phrases() -> list[str]:
    """Return all phrases of the file."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(" (?:" + "|".join(re.escape(_plain(phrase)) for phrase in phrases()) + ") ")
