"""A process is killed with SIGKILL at each point; what it acknowledged is stored once after the next start."""

import signal

import pytest

from redis_models.schema import keys
from tests.faults.harness.kill_points import POINTS, WHILE_CHANGING_PASSWORDS
from tests.faults.harness.kills import Killing
from tests.faults.harness.ledger import read_ledger
from tests.faults.harness.subjects import person_of
from tests.faults.harness.zygote import Job
from tests.protocol.traces.hosts import assert_legal, tracing
from tests.protocol.traces.lines import fault
from tests.redis_models import journal_file

KILLS = 5
CHANGES, PASSES = 40, 10


@pytest.mark.parametrize("point", POINTS)
def test_nothing_acknowledged_is_lost_or_counted_twice(point, zygote, durable_server, tmp_path, assert_clean):
    killing = Killing(zygote, durable_server, tmp_path, point)
    for _ in range(KILLS):
        verdict = killing.once()
        assert verdict.is_clean, verdict
    assert_clean(verdict)
    killing.assert_legal()
    assert killing.kills == KILLS
    assert verdict.acknowledged > 0


@pytest.mark.parametrize("point", WHILE_CHANGING_PASSWORDS)
def test_a_password_change_is_applied_by_a_drain_only_if_it_was_noted_before_the_kill(
    point, zygote, durable_server, tmp_path
):
    data_dir, log = tmp_path / "var", tmp_path / "ledger"
    job = {"url": f"unix://{durable_server.socket}", "data_dir": str(data_dir), "log": str(log)}
    changing = Job(**job, count=CHANGES, passwords=True, point=point, passes=PASSES)
    with tracing(data_dir), fault("death"):
        assert zygote.run(changing) == [-signal.SIGKILL]
    with journal_file.opened(data_dir) as file:
        state_of = dict(file.execute("SELECT user_id, state FROM rows"))
    in_flight = {user_id for user_id, state in state_of.items() if state == "in flight"}
    assert in_flight or point == "after the note"
    assert in_flight.isdisjoint(map(person_of, read_ledger(log).acknowledged))
    for user_id in state_of:
        durable_server.client.delete(keys.credential(user_id))  # as if the server had lost them
    assert zygote.run(Job(**job)) == [0]
    stored = {user_id for user_id in state_of if durable_server.client.exists(keys.credential(user_id))}
    assert stored == state_of.keys() - in_flight
    assert_legal(data_dir)
    assert stored
