from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.calendar import DAY_MS, Calendar, change_field, valid_time_zone
from redis_models.errors import Invalid


def ms(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def calendar(**changes):
    """Return a calendar of zone changes; the name of each is its time, such as t20261120T0900."""
    return Calendar.from_profile(
        {change_field(ms(at.removeprefix("t") + "+00:00")): zone for at, zone in changes.items()}
    )


@pytest.mark.parametrize(
    ("zone", "moment", "local"),
    [
        ("UTC", "2026-11-23T23:59:59+00:00", "2026-11-23"),
        ("Europe/Berlin", "2026-11-23T22:59:59+00:00", "2026-11-23"),
        ("Europe/Berlin", "2026-11-23T23:00:00+00:00", "2026-11-24"),
        # Summer time begins 29 March and ends 25 October 2026 in Berlin.
        ("Europe/Berlin", "2026-03-28T22:59:59+00:00", "2026-03-28"),
        ("Europe/Berlin", "2026-03-28T23:00:00+00:00", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T21:59:59+00:00", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T22:00:00+00:00", "2026-03-30"),
        ("Europe/Berlin", "2026-10-25T22:59:59+00:00", "2026-10-25"),
        ("Europe/Berlin", "2026-10-25T23:00:00+00:00", "2026-10-26"),
        ("America/New_York", "2026-11-01T03:59:59+00:00", "2026-10-31"),
        ("America/New_York", "2026-11-02T04:59:59+00:00", "2026-11-01"),
        ("Asia/Kolkata", "2026-11-23T18:30:00+00:00", "2026-11-24"),
        ("Asia/Kathmandu", "2026-11-23T18:14:59+00:00", "2026-11-23"),
        ("Australia/Lord_Howe", "2026-04-04T12:59:59+00:00", "2026-04-04"),
        ("Pacific/Kiritimati", "2026-11-23T10:00:00+00:00", "2026-11-24"),
        ("Pacific/Pago_Pago", "2026-11-23T10:59:59+00:00", "2026-11-22"),
        # In Beirut, 00:00 does not exist on the day when summer time begins.
        ("Asia/Beirut", "2026-03-28T21:59:59+00:00", "2026-03-28"),
        ("Asia/Beirut", "2026-03-28T22:00:00+00:00", "2026-03-29"),
    ],
)
def test_a_moment_has_the_date_of_the_users_zone(zone, moment, local):
    assert Calendar.from_profile({"timeZone": zone}).date_of(ms(moment)).isoformat() == local


@pytest.mark.parametrize(
    ("moment", "local"),
    [
        ("2026-11-20T23:30:00+00:00", "2026-11-20"),  # no zone set yet: UTC
        ("2026-11-21T00:30:00+00:00", "2026-11-21"),  # Berlin, set on the 20th, is in effect from midnight
        ("2026-11-21T23:30:00+00:00", "2026-11-22"),
        ("2026-11-22T15:30:00+00:00", "2026-11-22"),  # Tokyo was set at noon; Berlin is in effect until midnight
        ("2026-11-23T15:30:00+00:00", "2026-11-24"),
    ],
)
def test_a_changed_zone_counts_from_the_next_utc_midnight(moment, local):
    travelled = calendar(t20261120T0900="Europe/Berlin", t20261122T1200="Asia/Tokyo")
    assert travelled.date_of(ms(moment)).isoformat() == local


@pytest.mark.parametrize(
    ("zone", "moment", "end"),
    [
        ("UTC", "2026-11-23T12:00:00+00:00", "2026-11-24T00:00:00+00:00"),
        ("Europe/Berlin", "2026-03-29T12:00:00+00:00", "2026-03-29T22:00:00+00:00"),
        ("Europe/Berlin", "2026-03-28T23:30:00+00:00", "2026-03-29T22:00:00+00:00"),  # a day of 23 hours
        ("Europe/Berlin", "2026-10-24T22:30:00+00:00", "2026-10-25T23:00:00+00:00"),  # a day of 25 hours
        ("America/Los_Angeles", "2026-11-23T07:59:59+00:00", "2026-11-23T08:00:00+00:00"),
    ],
)
def test_a_day_ends_at_local_midnight(zone, moment, end):
    assert Calendar.from_profile({"timeZone": zone}).midnight_after(ms(moment)) == ms(end)


def test_a_day_ends_early_if_a_move_to_the_east_begins_the_next_one():
    moved = calendar(t20261120T0900="America/Los_Angeles", t20261122T1200="Asia/Tokyo")
    evening = ms("2026-11-22T20:00:00+00:00")
    assert moved.date_of(evening).isoformat() == "2026-11-22"
    assert moved.midnight_after(evening) == ms("2026-11-23T00:00:00+00:00")


@given(
    zone=st.sampled_from(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"]),
    moment=st.integers(ms("2020-01-01T00:00:00+00:00"), ms("2030-01-01T00:00:00+00:00")),
)
def test_a_date_lasts_until_the_next_local_midnight(zone, moment):
    here = Calendar.from_profile({"timeZone": zone})
    end = here.midnight_after(moment)
    assert 0 < end - moment <= 25 * 3_600_000
    assert here.date_of(end - 1) == here.date_of(moment) < here.date_of(end)


def test_an_unknown_stored_zone_is_utc():
    assert Calendar.from_profile({"timeZone": "Moon/Base"}).date_of(DAY_MS).isoformat() == "1970-01-02"


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "America/Argentina/Ushuaia"])
def test_iana_names_of_zones_are_accepted(name):
    assert valid_time_zone(name) == name


@pytest.mark.parametrize("name", ["Moon/Base", "", None, 5, "../etc/passwd", "/etc/passwd", "a\0b", "x" * 65, "Europe"])
def test_any_other_name_is_refused(name):
    with pytest.raises(Invalid, match="timeZone must be"):
        valid_time_zone(name)
