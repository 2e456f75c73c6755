import pytest

from redis_models.journal.revocations import ended
from redis_models.journal.revocations.ended import Revocation


@pytest.fixture
def host_clock(monkeypatch):
    """Set the host's clock (ms)."""
    now = [1_000_000_000_000]
    monkeypatch.setattr(ended, "now_ms", lambda: now[0])
    return now


def names(kept, last_id=0, learned_since_ms=0):
    return [each.revocation.name for each in kept.ended.since(last_id, learned_since_ms=learned_since_ms)]


def test_of_two_times_the_later_one_stays_in_any_order(kept):
    for at in (5, 9, 7):
        kept.ended.keep([Revocation("a", at)])
    assert kept.ended.until_ms("a") == 9
    assert kept.ended.until_ms("b") == 0


def test_what_is_new_comes_after_the_last_id_and_a_later_time_counts_as_new(kept):
    kept.ended.keep([Revocation("a", 5), Revocation("b", 5)])
    *_, last = kept.ended.since(0, learned_since_ms=0)
    assert (names(kept), names(kept, last.id)) == (["a", "b"], [])
    kept.ended.keep([Revocation("b", 5), Revocation("a", 4)])
    assert names(kept, last.id) == []
    kept.ended.keep([Revocation("a", 6)])
    assert names(kept, last.id) == ["a"]


def test_only_what_was_learned_since_a_time_is_returned(kept, host_clock):
    kept.ended.keep([Revocation("a", 5)])
    host_clock[0] += 1000
    kept.ended.keep([Revocation("b", 5)])
    assert names(kept, learned_since_ms=host_clock[0] - 1) == ["b"]


def test_it_is_kept_for_30_days(kept, host_clock):
    kept.ended.keep([Revocation("a", 5)])
    host_clock[0] += ended.LIFE_MS - 1
    kept.ended.keep([Revocation("b", 5)])
    assert names(kept) == ["a", "b"]
    host_clock[0] += 1
    kept.ended.keep([Revocation("c", 5)])
    assert names(kept) == ["b", "c"]


def test_of_too_many_the_oldest_are_dropped(kept, monkeypatch):
    monkeypatch.setattr(ended, "NAMES_AT_MOST", 3)
    kept.ended.keep([Revocation(name, 5) for name in "abcde"])
    assert names(kept) == ["c", "d", "e"]


def test_the_place_to_read_on_is_that_of_the_newest_which_was_read_in_redis(kept):
    assert kept.ended.last_told_us() == 0
    kept.ended.keep([Revocation("a", 5, told_us=70), Revocation("b", 5, told_us=60), Revocation("c", 5)])
    assert kept.ended.last_told_us() == 70


def test_what_is_known_is_not_written_again(kept, store, monkeypatch):
    kept.ended.keep([Revocation("a", 5)])
    monkeypatch.setattr(store, "commit", None)
    kept.ended.keep([Revocation("a", 5, told_us=70), Revocation("a", 4)])
