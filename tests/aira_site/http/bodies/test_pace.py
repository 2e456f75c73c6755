"""How fast a body must arrive."""

import pytest

from aira_site.http.bodies.pace import SLOWEST_BYTES_PER_S, WINDOW_S, Pace

LENGTH = 4 * 1024 * 1024


def arrival_s(*, rate, first_s=0.0, piece=16 * 1024, length=LENGTH):
    """Return when a body of this length is whole at this rate (bytes/s); None if it is ended before."""
    pace, now_s, arrived = Pace(now_s=0.0), first_s, 0
    while arrived < length:
        if now_s > pace.deadline_s:
            return None
        pace.received(piece, now_s=now_s)
        arrived += piece
        now_s += piece / rate
    return now_s


def test_a_body_whose_first_byte_comes_late_is_ended():
    assert arrival_s(rate=1e6, first_s=WINDOW_S) is not None
    assert arrival_s(rate=1e6, first_s=WINDOW_S + 0.1) is None


@pytest.mark.parametrize(("times", "is_whole"), [(1.2, True), (1.05, True), (0.8, False), (0.01, False)])
def test_a_body_must_arrive_at_16_kib_a_second(times, is_whole):
    assert (arrival_s(rate=times * SLOWEST_BYTES_PER_S) is not None) is is_whole


@pytest.mark.parametrize("piece", [1, 7, 1460])
def test_a_small_body_of_which_a_byte_comes_now_and_then_is_ended_after_ten_seconds(piece):
    pace, now_s = Pace(now_s=0.0), 0.0
    while now_s <= min(pace.deadline_s, 10 * WINDOW_S):
        pace.received(piece, now_s=now_s)
        now_s += 0.5
    assert now_s <= WINDOW_S + 0.5


def test_no_body_takes_longer_than_its_length_at_the_slowest_rate_and_thirty_seconds():
    """The sender that delays as long as it may: each 160 KiB at the last moment."""
    pace, now_s, arrived = Pace(now_s=0.0), 0.0, 0
    while arrived < LENGTH:
        now_s = pace.deadline_s
        pace.received(160 * 1024, now_s=now_s)
        arrived += 160 * 1024
    assert now_s <= LENGTH / SLOWEST_BYTES_PER_S + 30


def test_a_pause_is_allowed_if_the_average_over_ten_seconds_holds():
    pace = Pace(now_s=0.0)
    assert pace.received(1, now_s=0.0)
    assert not pace.received(160 * 1024 - 1, now_s=9.0)
    assert pace.deadline_s == WINDOW_S
    assert pace.received(1, now_s=9.5)
    assert pace.deadline_s == 9.5 + WINDOW_S
