"""The harness can find defects: it finds those of clients as they are usually written."""

import pytest

from tests.faults.harness.ledger import Ledger, Operation
from tests.faults.harness.proxy import FaultProxy
from tests.faults.harness.storm import carry_out, verdict_on
from tests.faults.harness.subjects import library_defaults, literal_policy
from tests.support.waiting import PATIENCE_S

SAVES = 200


@pytest.mark.parametrize("client", [literal_policy, library_defaults])
def test_a_client_that_retries_increments_counts_too_many(client, valkey):
    ledger = Ledger()
    with FaultProxy("eat the reply", valkey.socket) as proxy:
        naive = client(proxy.url)
        carry_out(naive, map(Operation, range(SAVES)), ledger)
        naive.close()
    verdict = verdict_on(ledger, naive, valkey.client)
    assert verdict.acknowledged > SAVES * 0.9
    assert verdict.duplicated > 0
    assert verdict.miscounted > 0
    assert not verdict.is_clean


def test_a_lost_message_is_detected(valkey):
    ledger = Ledger()
    naive = literal_policy(f"unix://{valkey.socket}", seconds=PATIENCE_S)
    carry_out(naive, map(Operation, range(20)), ledger)
    naive.close()
    valkey.client.rpop("naive:u3:messages")
    verdict = verdict_on(ledger, naive, valkey.client)
    assert (verdict.lost, verdict.duplicated, verdict.miscounted) == (1, 0, 1)
