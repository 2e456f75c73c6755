from redis_models import in_process
from redis_models.write import Outcome


def test_a_write_is_applied_here_alone(valkey, plan_write):
    assert in_process.apply(plan_write()).outcome is Outcome.APPLIED
    assert in_process.apply(plan_write()).outcome is Outcome.DUPLICATE
    assert valkey.client.keys("*") == []
    in_process.forget()
    assert in_process.apply(plan_write()).outcome is Outcome.APPLIED


def test_it_is_bounded(plan_write, monkeypatch):
    monkeypatch.setattr(in_process, "KEYS_AT_MOST", 2)
    for number in range(5):
        in_process.apply(plan_write(user_id=f"u{number}"))
    assert len(in_process._redis) <= 2
