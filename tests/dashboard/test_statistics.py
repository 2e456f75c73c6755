import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.calendar import Calendar
from dashboard.insights import insights
from dashboard.models import MoodEntry
from dashboard.statistics import (
    by_day,
    by_weekday,
    distribution,
    label,
    mean,
    rounded,
    statistics,
    tag_links,
    trend,
)

DAY_MS = 86_400_000
MONDAY_MS = 1_795_392_000_000  # 2026-11-23


def entries(*scores, tags=None):
    """Return entries of consecutive days with these scores, newest first."""
    return [
        MoodEntry(f"m{n}", score, MONDAY_MS - n * DAY_MS, tags=(tags or {}).get(n, ()))
        for n, score in enumerate(scores)
    ]


@pytest.mark.parametrize(("value", "shown"), [(6.25, 6.3), (6.24, 6.2), (6.35, 6.4), (0.05, 0.1), (10.0, 10.0)])
def test_rounding_is_half_up(value, shown):
    assert rounded(value) == shown


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([9, 9, 1], "stable"),  # three entries show no trend
        ([7, 7, 5, 5], "improving"),
        ([5, 5, 7, 7], "declining"),
        ([5.5, 5.5, 5, 5], "stable"),  # exactly half a point apart
        ([5.6, 5.5, 5, 5], "improving"),
        ([9, 9, 1, 1, 1], "improving"),  # of five entries the newer two are compared with the rest
        ([6.1, 6.1, 5.6, 5.6], "stable"),  # 0.5 apart, exactly so in binary fractions
    ],
)
def test_the_trend_compares_the_newer_half_with_the_rest(scores, expected):
    assert trend(entries(*scores)) == expected


@pytest.mark.parametrize(
    ("average", "word"),
    [(0, "Very Low"), (1.99, "Very Low"), (2, "Low"), (3.99, "Low"), (4, "Moderate"), (6, "Good"), (7.99, "Good"),
     (8, "Excellent"), (10, "Excellent")],
)  # fmt: skip
def test_the_label_is_chosen_from_the_unrounded_average(average, word):
    assert label(average) == word


def test_without_entries_all_figures_are_zero():
    figures = statistics([])
    assert (figures.average, figures.highest, figures.lowest, figures.trend) == (0, 0, 0, "stable")
    assert figures.total_entries == 0


def test_days_and_weekdays_are_those_of_the_users_calendar():
    late = [MoodEntry("a", 4, MONDAY_MS + DAY_MS - 3_600_000), MoodEntry("b", 8, MONDAY_MS)]
    assert by_day(late, Calendar()) == [(late_date("2026-11-23"), 6.0)]
    tokyo = Calendar.from_profile({"timeZone": "Asia/Tokyo"})
    assert [(day.isoformat(), score) for day, score in by_day(late, tokyo)] == [("2026-11-23", 8), ("2026-11-24", 4)]
    assert [(each.name, each.average) for each in by_weekday(late, tokyo)] == [("0", 8), ("1", 4)]


def late_date(text):
    from datetime import date

    return date.fromisoformat(text)


def test_the_distribution_names_every_label():
    found = {each.name: each.entries for each in distribution(entries(1, 9, 9.5, 5))}
    assert found == {"Very Low": 1, "Low": 0, "Moderate": 1, "Good": 0, "Excellent": 2}


def test_a_tag_is_compared_with_the_mood_without_it():
    links = tag_links(entries(8, 8, 4, 4, tags={0: ("walk",), 1: ("walk", "friends"), 2: ("work",)}))
    assert [(link.tag, link.entries) for link in links] == [("walk", 2), ("friends", 1), ("work", 1)]
    assert (links[0].average, links[0].average_without) == (8, 4)
    assert tag_links(entries(8, tags={0: ("walk",)}))[0].average_without is None


def test_tags_that_mean_the_same_are_one_as_the_newest_entry_has_it():
    links = tag_links(entries(8, 6, 1, tags={0: ("Caf\u00e9",), 1: ("cafe\u0301", "CAF\u00c9")}))
    assert [(link.tag, link.entries, link.average, link.average_without) for link in links] == [("Caf\u00e9", 2, 7, 1)]


@given(st.lists(st.tuples(st.integers(0, 1000), st.sets(st.sampled_from("abcd"))), max_size=12))
def test_the_averages_with_and_without_a_tag_are_those_of_its_entries(noted):
    scores, tags = [score / 100 for score, _ in noted], {n: tuple(each) for n, (_, each) in enumerate(noted)}
    some = entries(*scores, tags=tags)
    for link in tag_links(some):
        with_it = [entry for entry in some if link.tag in entry.tags]
        others = [entry for entry in some if link.tag not in entry.tags]
        assert (link.entries, link.average) == (len(with_it), rounded(mean(with_it)))
        assert link.average_without == (rounded(mean(others)) if others else None)


def test_two_entries_are_too_few_for_insights():
    assert insights(entries(5, 6), Calendar()) is None


def test_an_insight_comes_with_the_numbers_it_is_based_on():
    found = insights(entries(8, 8, 4, 4, tags={0: ("walk",), 1: ("walk",)}), Calendar())
    assert found.summary.text.startswith("Over 4 entries your mood was 6 on average, between 4 and 8.")
    assert found.summary.numbers == {"entries": 4, "average": 6.0, "lowest": 4, "highest": 8, "trend": "improving"}
    assert [pattern.text for pattern in found.patterns] == [
        "With the tag “walk” your mood was 8 on average, without it 4."
    ]
    assert found.patterns[0].numbers["entries"] == {"with": 2, "without": 2}
    assert found.recommendations[0].numbers == {"trend": "improving"}


def test_weekdays_that_differ_are_named_with_their_numbers():
    scores = [9 if n % 7 == 0 else 3 if n % 7 == 1 else 6 for n in range(21)]
    (pattern,) = insights(entries(*scores), Calendar()).patterns
    assert pattern.text == "On Mondays your mood was 9 on average, on Sundays 3."
    assert pattern.numbers == {"averages": {"Mondays": 9, "Sundays": 3}, "entries": {"Mondays": 3, "Sundays": 3}}


def test_entries_that_hardly_differ_show_no_pattern():
    some = entries(*[6.0] * 14, tags={0: ("walk",), 3: ("walk",), 5: ("once",)})
    assert insights(some, Calendar()).patterns == ()
