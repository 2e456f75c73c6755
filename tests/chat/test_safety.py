"""Safety phrases and helplines, which need only files."""

import re
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from chat.safety import countries, country_of, helplines_of, is_crisis
from chat.safety.help import help_for
from chat.safety.phrases import phrases

CHECKED_AT_MOST = timedelta(days=180)


@pytest.mark.parametrize("phrase", phrases())
def test_every_phrase_is_found_within_a_message_in_any_case(phrase):
    assert is_crisis(f"well. {phrase.upper()}!")
    assert is_crisis(phrase)
    assert is_crisis(f"I think…{phrase.replace(' ', ',  ')}…")


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to live", "I don’t want to live", "I don´t want to live",
        "i dont want 2 live, i want to die", "KILL\nMYSELF",
        "self-harm", "I want to\u200b die", "ich will mich   umbringen",
        "Ich m\u00f6chte sterben", "Ich mo\u0308chte sterben",
        "ＫＩＬＬ myself",
    ],
)  # fmt: skip
def test_a_phrase_is_found_however_it_is_typed(text):
    assert is_crisis(text)


LOW, HIGH = "\u0323", "\u0301"


@pytest.mark.parametrize(
    "text",
    [
        "".join(letter + HIGH * 31 for letter in "I want to die"),
        "".join(letter + (LOW + HIGH) * 500 for letter in "kill myself"),
        "".join(letter + "\u0336" for letter in "kill myself"),
        "ich mo" + LOW * 31 + "\u0308chte sterben", "ich mochte sterben",
        "k\u034fi\ufe0fl\u20ddl myself", "ki\u0344ll mysel\u302ef",
        (LOW + HIGH) * 5_000 + "I want to die" + (HIGH + LOW) * 5_000,
        "\ufdfa" * 30_000 + " kill myself",
    ],
    ids=["31 marks", "1000 marks", "strokes", "umlaut after a run", "no umlaut", "invisible marks", "two marks in one",
         "between two runs", "after letters that expand"],
)  # fmt: skip
def test_a_phrase_is_found_whatever_marks_are_on_or_around_its_letters(text):
    assert is_crisis(text)


def test_looking_for_phrases_is_fast_in_a_text_of_combining_marks_only():
    begun_s = time.thread_time()
    assert not is_crisis((LOW + HIGH) * 64_000)
    assert is_crisis((LOW + HIGH) * 64_000 + " kill myself")
    assert time.thread_time() - begun_s < 5


@pytest.mark.parametrize(
    "text",
    [
        "", "I feel anxious about Monday", "My phone died", "this traffic will be the death of me", "skms",
        "wilde dood", "I could live here", "The film was to die for",
        "overdosed on sunshine", "I cut the bread myself",
    ],
)  # fmt: skip
def test_other_words_do_not_match(text):
    assert not is_crisis(text)


@pytest.mark.parametrize(
    "line", [line for country in countries() for line in country.lines], ids=lambda line: line.name
)
def test_every_helpline_was_checked_recently(line):
    age = datetime.now(tz=UTC).date() - date.fromisoformat(line.checked_on)
    assert age <= CHECKED_AT_MOST, "go over the entries of chat/safety/helplines.json, then renew checkedOn"


def test_every_country_has_an_emergency_number_and_lines_that_can_be_dialled():
    assert len({country.code for country in countries()}) == len(countries()) >= 12
    for country in countries():
        assert re.fullmatch(r"[A-Z]{2}", country.code)
        assert re.search(r"\d{3}", country.emergency)
        assert country.lines
        assert all(re.match(r"[0-9][0-9 -]+", line.phone) for line in country.lines)
        assert all((line.website or "https://").startswith("https://") for line in country.lines)


@pytest.mark.parametrize(
    ("code", "phone"), [("us", "988"), ("GB", "116 123"), ("DE", "0800 1110111"), ("AU", "13 11 14")]
)
def test_only_the_chosen_country_is_listed_with_its_emergency_number(code, phone):
    answer = help_for(code)
    assert [country.code for country in answer.countries] == [code.upper()]
    assert phone in answer.text
    assert answer.countries[0].emergency in answer.text


@pytest.mark.parametrize("code", [None, "", "XX", 5, ["DE"]])
def test_without_a_known_country_all_countries_are_listed(code):
    assert country_of(code) is None
    assert helplines_of(code) == countries()
    answer = help_for(code)
    assert all(country.lines[0].phone in answer.text for country in countries())


def test_helplines_need_neither_a_credential_nor_redis(valkey, client):
    valkey.stop()
    everywhere = client.get("/api/v1/helplines").json()
    assert len(everywhere["countries"]) == len(countries())
    one = client.get("/api/v1/helplines?country=de").json()
    assert [country["code"] for country in one["countries"]] == ["DE"]
    assert set(one["countries"][0]["lines"][0]) == {"name", "phone", "hours", "checkedOn", "website"}


def test_safety_imports_neither_redis_nor_the_model():
    code = "import sys, chat.safety.help; print(sorted({'redis', 'openai', 'redis_models'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
