"""For each of fifteen kinds of network faults, every acknowledged save is stored once and counted once."""

import pytest

from tests.faults.harness.kinds import KINDS
from tests.faults.harness.ledger import Operation
from tests.faults.harness.proxy import FaultProxy
from tests.faults.harness.storm import storm

SAVES = 500


@pytest.mark.parametrize("kind", KINDS)
def test_no_acknowledged_save_is_lost_or_counted_twice(kind, valkey, tmp_path, assert_clean):
    operations = map(Operation, range(SAVES))
    with FaultProxy(kind, valkey.socket) as proxy:
        faults = []
        verdict = storm(
            proxy.url, tmp_path, valkey.client, operations=operations, heal=lambda: faults.append(proxy.heal())
        )
    assert faults[0] >= 2, "the proxy injected too few faults"
    assert_clean(verdict)
    assert verdict.acknowledged == SAVES, verdict
