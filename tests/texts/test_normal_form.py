"""Texts whose normalisation would take quadratic time, and texts that must not change."""

import sys
import time
import unicodedata
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from texts.normal_form import (
    CHARACTERS_AT_MOST,
    MARKS_AT_MOST,
    caseless,
    comparable,
    composed,
    decomposed,
    each_once,
    folded,
    is_stream_safe,
    normal_form,
)

LOW, HIGH, TWO_MARKS, HALFWIDTH_MARK = "\u0323", "\u0301", "\u0344", "\uff9e"
ENDS_WITH_THREE, EXPANDS_TO_EIGHTEEN = "\u1f82", "\ufdfa"
FALLING = "".join(sorted(map(chr, range(0x300, 0x370)), key=unicodedata.combining, reverse=True))
HOSTILE = {
    "two kinds of marks in turn": LOW + HIGH,
    "all marks after one letter": "a" + HIGH * CHARACTERS_AT_MOST,
    "characters that are two marks": TWO_MARKS,
    "characters that are marks only once they are decomposed": HALFWIDTH_MARK + HIGH,
    "letters that end with marks, and marks": ENDS_WITH_THREE + LOW * 40,
    "letters that expand": EXPANDS_TO_EIGHTEEN,
    "letters that expand, and marks": EXPANDS_TO_EIGHTEEN + (HIGH + LOW) * 5_000,
    "marks of every class in falling order": FALLING,
    "Hangul with tone marks": "\u1112\u1161\u11ab" + "\u302e\u302f" * 5_000,
}
LINEAR_AT_MOST_S = 5
"""Far more than linear work takes, even with coverage; quadratic work takes 25 s or more."""
MARKS = st.sampled_from([LOW, HIGH, TWO_MARKS, HALFWIDTH_MARK, "\u0327", "\u0345", "\u302e"])
LETTERS = st.sampled_from([*"aKé ﬁ½¨한", ENDS_WITH_THREE, EXPANDS_TO_EIGHTEEN, "\u1112", "\u1161", "\u034f"])
FEW_MARKS = st.lists(LETTERS | MARKS | st.characters(), max_size=14).map("".join)
MANY_MARKS = st.lists(LETTERS | st.builds(str.__mul__, MARKS, st.integers(1, 70)), max_size=8).map("".join)


def repeated(piece, length):
    return (piece * (length // len(piece) + 1))[:length]


def body_of(piece):
    """Return the piece repeated to 256 KiB of UTF-8."""
    return repeated(piece, 256 * 1024 * len(piece) // len(piece.encode()))


def in_parts(text):
    return "".join(unicodedata.normalize("NFKD", character) for character in text)


def runs(text):
    """Return the length of each run of marks in the decomposed text."""
    found = groupby(in_parts(text), key=lambda part: bool(unicodedata.combining(part)))
    return [len(list(run)) for is_run, run in found if is_run]


def is_mark(character):
    return all(map(unicodedata.combining, in_parts(character)))


def with_runs_cut(text):
    """Return the text with each run cut before the character that would take it past 30 marks."""
    kept = ""
    for are_marks, group in groupby(text, key=is_mark):
        characters = list(group)
        while are_marks and runs(kept[-1:] + "".join(characters))[-1] > MARKS_AT_MOST:
            characters.pop()
        kept += "".join(characters)
    return kept


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize(
    "function",
    [is_stream_safe, normal_form, composed, decomposed, comparable, caseless, folded],
    ids=lambda each: each.__name__,
)
def test_the_work_on_a_hostile_text_is_not_quadratic(function, piece):
    text = body_of(piece)
    begun_s = time.thread_time()
    function(text)
    assert time.thread_time() - begun_s < LINEAR_AT_MOST_S


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=list(HOSTILE))
def test_texts_with_a_long_run_are_cut_before_they_are_normalised(piece, monkeypatch):
    given_texts = []
    real = unicodedata.normalize
    monkeypatch.setattr(unicodedata, "normalize", lambda form, text: given_texts.append(text) or real(form, text))
    found = normal_form(repeated(piece, 10_000))
    monkeypatch.undo()
    assert unicodedata.normalize("NFKC", max(given_texts, key=len)) == found, "the complete text is normalised once"
    assert max(runs(max(given_texts, key=len)), default=0) <= MARKS_AT_MOST
    assert max(runs(found), default=0) <= MARKS_AT_MOST


@settings(deadline=None)
@given(FEW_MARKS)
def test_a_text_without_long_runs_has_the_unicode_normal_form(text):
    assert is_stream_safe(text)
    assert normal_form(text) == unicodedata.normalize("NFKC", text)
    assert composed(text) == unicodedata.normalize("NFC", text)
    assert decomposed(text) == unicodedata.normalize("NFD", text)


@settings(deadline=None)
@given(st.text(max_size=100))
def test_any_text_with_short_runs_has_the_unicode_normal_form(text):
    if max(runs(text), default=0) <= MARKS_AT_MOST:
        assert normal_form(text) == unicodedata.normalize("NFKC", text)


@settings(deadline=None)
@given(MANY_MARKS)
def test_marks_after_the_thirtieth_of_a_run_are_left_out(text):
    assert normal_form(text) == unicodedata.normalize("NFKC", with_runs_cut(text))
    assert is_stream_safe(text) == (max(runs(text), default=0) <= MARKS_AT_MOST)
    assert is_stream_safe(normal_form(text))


@settings(deadline=None)
@given(MANY_MARKS)
def test_normalising_and_folding_again_change_nothing(text):
    assert normal_form(normal_form(text)) == normal_form(text)
    assert folded(folded(text)) == folded(text)
    assert caseless(caseless(text)) == caseless(text)


@settings(deadline=None)
@given(FEW_MARKS)
def test_a_caseless_text_is_the_same_however_it_was_typed(text):
    assert caseless(decomposed(text)) == caseless(composed(text)) == caseless(text)


def test_a_caseless_text_keeps_what_another_letter_would_mean():
    assert caseless("STRASSE É") == caseless("straße e\u0301")
    assert caseless("①") != caseless("1")


@pytest.mark.parametrize(
    ("text", "is_safe"),
    [
        ("", True),
        ("a" + HIGH * 30, True),
        ("a" + HIGH * 31, False),
        (HIGH * 30 + "a", True),
        (HIGH * 31 + "a", False),
        (("a" + LOW * 30) * 100, True),
        (("a" + LOW * 30) * 99 + "a" + LOW * 31, False),
        ("a" + TWO_MARKS * 15, True),
        ("a" + TWO_MARKS * 15 + HIGH, False),
        ("a" + TWO_MARKS * 16, False),
        (ENDS_WITH_THREE + HIGH * 27, True),
        (ENDS_WITH_THREE + HIGH * 28, False),
        ("カ" + HALFWIDTH_MARK * 31, False),
        (EXPANDS_TO_EIGHTEEN * 1000, True),
        ("\u1112\u1161\u11ab" * 1000, True),
        ("x" * CHARACTERS_AT_MOST + "a" + HIGH * 31, False),
    ],
)  # fmt: skip
def test_thirty_marks_in_a_row_are_safe_and_thirty_one_are_not(text, is_safe):
    assert is_stream_safe(text) is is_safe


def test_no_character_has_marks_before_a_letter():
    every = map(chr, range(sys.maxunicode + 1))
    with_marks_first = [parts for parts in map(in_parts, every) if unicodedata.combining(parts[0])]
    assert with_marks_first
    assert all(is_mark(parts) for parts in with_marks_first)


def test_texts_with_many_marks_on_each_letter_keep_them():
    written = "".join(letter + (LOW + "\u0336" + HIGH) * 10 for letter in "zalgo")
    assert is_stream_safe(written)
    assert normal_form(written) == unicodedata.normalize("NFKC", written)


def test_texts_that_differ_only_after_the_thirtieth_mark_are_equal():
    assert comparable("Cafe" + "\u0336" * 30) == comparable("cafe" + "\u0336" * 31) != comparable("cafe")


def test_texts_are_equal_however_they_are_typed():
    assert comparable("Cafe\u0301 ＳＴＲＡＳＳＥ") == comparable("CAFÉ straße")


@pytest.mark.parametrize("mark", [HIGH, "\u0336", "\u20dd", "\u302e", "\ufe0f", "\u034f", "\u200b", "\u0345"])
@pytest.mark.parametrize("times", [1, 30, 31, 500])
def test_a_folded_text_has_neither_marks_nor_invisible_characters(mark, times):
    assert folded("".join(letter + mark * times for letter in mark + "Möchte 1")) == "mochte 1"


def test_characters_after_the_first_256_ki_are_ignored():
    text = "x" * CHARACTERS_AT_MOST + "y"
    assert "y" not in normal_form(text) + comparable(text) + folded(text)
    assert "y" not in normal_form("é" + text)


def test_texts_that_mean_the_same_are_kept_once_as_they_were_first_written():
    assert list(each_once(["Caf\u00e9", "b", "cafe\u0301", "B", "a"])) == ["Caf\u00e9", "b", "a"]
