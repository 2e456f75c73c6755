import pytest

from redis_models import budget


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""
    now = [100.0]
    monkeypatch.setattr(budget.time, "monotonic", lambda: now[0])
    return now


def test_without_a_budget_an_operation_has_its_full_time():
    assert budget.seconds_left(30) == 30


def test_a_budget_shrinks_as_time_passes_and_never_below_zero(clock):
    with budget.budget(2.5):
        assert budget.seconds_left(30) == 2.5
        clock[0] += 2
        assert budget.seconds_left(30) == 0.5
        clock[0] += 2
        assert budget.seconds_left(30) == 0
    assert budget.seconds_left(30) == 30


@pytest.mark.parametrize(("inner", "left"), [(None, 2), (1, 1), (5, 2)])
def test_an_inner_budget_never_exceeds_the_outer_one(clock, inner, left):
    with budget.budget(2), budget.budget(inner):
        assert budget.seconds_left(30) == left


def test_no_budget_is_no_limit():
    with budget.budget(None):
        assert budget.seconds_left(30) == 30


def test_the_last_tenth_of_a_budget_is_reserved_for_the_journal(clock):
    with budget.budget(2.5):
        assert budget.redis_seconds_left(30) == pytest.approx(2.25)
        clock[0] += 2.3
        assert budget.redis_seconds_left(30) == 0
        assert budget.seconds_left(30) == pytest.approx(0.2)
    assert budget.redis_seconds_left(30) == 30
