"""The primary dies while its replicas lag: the sentinels promote one that never received the latest writes."""

import threading
from itertools import count, takewhile

from redis_models.journal import journal
from redis_models.schema import keys
from tests.faults.harness.failovers import LaggingFailover
from tests.faults.harness.ledger import Ledger, Operation
from tests.faults.harness.storm import carry_out, serving_on, verdict_on, wait_until_drained
from tests.faults.harness.subjects import Aira
from tests.support.waiting import joined, wait_until

SAVES_BEFORE, SAVES_UNHEARD, SAVES_AFTER = 500, 500, 300


def is_marked_everywhere(deployment):
    return all(node.client.exists(keys.of_database()) for node in deployment.nodes)


def test_writes_that_the_promoted_replica_never_received_are_applied_again(sentinel_deployment, tmp_path, assert_clean):
    ledger, is_over = Ledger(), threading.Event()
    operations = map(Operation, takewhile(lambda _: not is_over.is_set(), count()))
    with serving_on(sentinel_deployment.endpoint, tmp_path / "var"):
        # Without its mark the promoted database would be refused until `journal adopt`, so every node must have it.
        wait_until(lambda: is_marked_everywhere(sentinel_deployment))
        saving = threading.Thread(target=carry_out, args=(Aira(), operations, ledger))
        saving.start()

        def wait_for(saves):
            enough = len(ledger.acknowledged) + saves
            wait_until(lambda: len(ledger.acknowledged) >= enough)

        wait_for(SAVES_BEFORE)
        failover = LaggingFailover(sentinel_deployment)
        failover.cut_off()
        wait_for(SAVES_UNHEARD)
        failover.promote()
        wait_for(SAVES_AFTER)
        is_over.set()
        joined(saving)
        wait_until_drained()
        wait_until(lambda: journal().admin.status().applied == 0)
    verdict = verdict_on(ledger, Aira(), sentinel_deployment.client)
    assert failover.lag_bytes > 100_000, "the replicas did not lag"
    assert_clean(verdict)
    assert verdict.acknowledged >= SAVES_BEFORE + SAVES_UNHEARD + SAVES_AFTER
