import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import limits
from api.limits import Limit, take
from redis_models.budget import budget
from redis_models.errors import BudgetSpent
from redis_models.offline import fallback
from redis_models.testing import fresh_host

HUNDRED = Limit("hundred", permits=100, per_s=60)
FIVE = Limit("five", permits=5, per_s=50)
BASE = 1_795_423_341_000


@pytest.fixture(params=["healthy", "away"])
def redis(request, valkey):
    if request.param == "away":
        valkey.stop()


def test_exactly_a_hundred_of_a_thousand_parallel_requests_pass(redis):
    gate = threading.Barrier(1000)

    def ask(_):
        gate.wait()
        return take(HUNDRED, subject="u1", at=BASE).is_allowed

    with ThreadPoolExecutor(1000) as pool:
        assert Counter(pool.map(ask, range(1000))) == {True: 100, False: 900}


def test_a_request_with_a_spent_budget_uses_no_permit(valkey):
    with budget(0), pytest.raises(BudgetSpent):
        take(FIVE, subject="u1", at=BASE)
    assert [take(FIVE, subject="u1", at=BASE).left for _ in range(5)] == [4, 3, 2, 1, 0]


def test_permits_come_back_evenly(redis):
    taken = [take(FIVE, subject="u1", at=BASE) for _ in range(6)]
    assert [each.left for each in taken] == [4, 3, 2, 1, 0, 0]
    assert [each.is_allowed for each in taken] == [True] * 5 + [False]
    assert (taken[5].wait_s, taken[5].reset_s) == (10, 50)
    assert not take(FIVE, subject="u1", at=BASE + 9_999).is_allowed
    assert take(FIVE, subject="u1", at=BASE + 10_000).is_allowed
    assert not take(FIVE, subject="u1", at=BASE + 10_000).is_allowed
    assert take(FIVE, subject="u1", at=BASE + 60_000).left == 4


def test_refused_requests_use_no_permits(redis):
    for _ in range(20):
        take(FIVE, subject="u1", at=BASE)
    assert take(FIVE, subject="u1", at=BASE + 10_000).is_allowed


def test_subjects_and_limits_do_not_share_permits(redis):
    for _ in range(5):
        take(FIVE, subject="u1", at=BASE)
    assert take(FIVE, subject="u2", at=BASE).is_allowed
    assert take(HUNDRED, subject="u1", at=BASE).is_allowed


@given(steps=st.lists(st.integers(0, 30_000), max_size=40))
def test_no_period_allows_more_than_a_burst_and_the_permits_that_came_back(steps):
    passed, now = [], BASE
    with fresh_host():
        for step in steps:
            now += step
            question = limits.Read("", "api.limit.1", ("k",), (str(now), "5", "50000"))
            if fallback.answer(question)[0]:
                passed.append(now)
    for first, begun in enumerate(passed):
        for last, ended in enumerate(passed[first:], 1):
            assert last <= 5 + (ended - begun) / 10_000 + 1e-6


def test_the_subject_is_not_in_the_key(valkey):
    take(FIVE, subject="canary@example.com", at=BASE)
    (key,) = valkey.keys()
    assert "canary" not in key
    assert 0 < valkey.client.pttl(key) <= 10_000


def test_the_headers_show_the_permits_left():
    standing = limits.Standing(FIVE, is_allowed=True, left=4, wait_s=0, reset_s=10)
    assert standing.headers() == {"RateLimit-Policy": '"five";q=5;w=50', "RateLimit": '"five";r=4;t=10'}
    empty = limits.Standing(FIVE, is_allowed=False, left=0, wait_s=7, reset_s=50)
    assert empty.headers()["RateLimit"] == '"five";r=0;t=7'
