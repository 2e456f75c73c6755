from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redis_models.errors import Invalid
from redis_models.operations.write import Outcome
from redis_models.schema import codec

MS = st.integers(0, 4_102_444_800_000)


@pytest.mark.parametrize(
    ("annotation", "value", "text"),
    [
        (str, "ü:\n", "ü:\n"),
        (int, -3, "-3"),
        (float, 6.5, "6.5"),
        (float, 7.0, "7"),
        (bool, True, "1"),
        (bool, False, "0"),
        (Outcome, Outcome.GONE, "gone"),
        (datetime, datetime(2026, 11, 23, 8, 0, 0, 5000, tzinfo=UTC), "2026-11-23T08:00:00.005Z"),
        (datetime | None, datetime(2026, 11, 23, tzinfo=UTC), "2026-11-23T00:00:00.000Z"),
        (tuple[str, ...], ("a", "b"), '["a","b"]'),
        (list[int], [1, 2], "[1,2]"),
    ],
)
def test_a_value_is_written_and_read_back(annotation, value, text):
    assert codec.encode(value) == text
    assert codec.decode(annotation, text) == value


@pytest.mark.parametrize(
    ("annotation", "text"),
    [(int, "4.5"), (float, "x"), (datetime, "yesterday"), (Outcome, "nope"), (list[int], "{}"), (list[int], "[")],
)
def test_a_malformed_text_is_refused(annotation, text):
    with pytest.raises(Invalid):
        codec.decode(annotation, text)


@given(MS)
def test_a_time_is_read_back_unchanged(ms):
    assert codec.ms_from_iso(codec.iso_from_ms(ms)) == ms


def test_a_time_of_another_zone_is_written_in_utc():
    moment = datetime(2026, 11, 23, 1, 0, tzinfo=timezone(timedelta(hours=-5)))
    assert codec.iso(moment) == "2026-11-23T06:00:00.000Z"


def test_a_time_without_zone_is_taken_as_utc():
    assert codec.iso(datetime(2026, 11, 23)) == "2026-11-23T00:00:00.000Z"  # noqa: DTZ001
    assert codec.ms_from_iso("2026-11-23") == codec.ms_from_iso("2026-11-23T00:00:00Z")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x" * 5_000, "2026-11-23T"])
def test_a_time_beyond_the_years_is_refused(text):
    """Table of cases, Z4."""
    with pytest.raises(Invalid, match="ISO 8601"):
        codec.ms_from_iso(text)


def test_the_first_and_the_last_time_are_taken():
    for text in ("0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"):
        assert codec.iso_from_ms(codec.ms_from_iso(text)) == text
