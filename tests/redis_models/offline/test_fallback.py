from redis_models.host import state
from redis_models.offline import fallback
from redis_models.operations.write import Outcome
from redis_models.testing import fresh_host


def test_a_write_is_applied_only_in_process(valkey, plan_write):
    assert fallback.apply(plan_write()).outcome is Outcome.APPLIED
    assert fallback.apply(plan_write()).outcome is Outcome.DUPLICATE
    assert valkey.keys() == []
    with fresh_host():
        assert fallback.apply(plan_write()).outcome is Outcome.APPLIED


def test_the_number_of_keys_is_bounded(plan_write, monkeypatch):
    monkeypatch.setattr(fallback, "KEYS_AT_MOST", 2)
    for number in range(5):
        fallback.apply(plan_write(user_id=f"u{number}"))
    assert len(state(fallback.Fallback).redis) <= 2
