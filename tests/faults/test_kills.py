"""A process is killed with SIGKILL at each point; what it acknowledged is stored once after the next start."""

import pytest

from tests.faults.harness.kill_points import POINTS
from tests.faults.harness.kills import Killing

KILLS = 5


@pytest.mark.parametrize("point", POINTS)
def test_nothing_acknowledged_is_lost_or_counted_twice(point, zygote, durable_server, tmp_path, assert_clean):
    killing = Killing(zygote, durable_server, tmp_path, point)
    for _ in range(KILLS):
        verdict = killing.once()
        assert verdict.is_clean, verdict
    assert_clean(verdict)
    assert killing.kills == KILLS
    assert verdict.acknowledged > 0
