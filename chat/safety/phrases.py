"""Whether a message holds words of somebody who may be in danger. No score, no diagnosis: found or not."""

import re
import unicodedata
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("crisis_phrases.txt")
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def is_crisis(text: str) -> bool:
    """Return whether a phrase of the file is in the text, in any case, with any punctuation between its words."""
    return _pattern().search(f" {_plain(text)} ") is not None


def _plain(text: str) -> str:
    """Return the text in small letters, with one space between words and without apostrophes."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    visible = "".join(character for character in folded if unicodedata.category(character) != "Cf")
    return _BETWEEN_WORDS.sub(" ", _APOSTROPHES.sub("", visible)).strip()


def phrases() -> list[str]:
    """Return all phrases of the file."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(" (?:" + "|".join(re.escape(_plain(phrase)) for phrase in phrases()) + ") ")
