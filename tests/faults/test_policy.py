"""The documented retry policy, unchanged: 30 s for an operation, 3 retries, 500 ms apart."""

import logging

from redis_models.health import breaker
from redis_models.journal import journal
from tests.faults.harness.ledger import Ledger, Operation
from tests.faults.harness.proxy import FaultProxy
from tests.faults.harness.storm import carry_out, serving, verdict_on
from tests.faults.harness.subjects import Aira
from tests.support.waiting import lasting

POLICY = {"AIRA_REDIS_TIMEOUT_S": 30.0, "AIRA_REDIS_RETRIES": 3, "AIRA_REDIS_RETRY_DELAY_MS": 500}
SAVES = 60


def test_a_save_is_tried_again_after_half_a_second_and_stored_once(valkey, tmp_path, caplog, monkeypatch, assert_clean):
    monkeypatch.setattr(breaker, "MISSES_TO_OPEN", 1000)  # the proxy drops replies to probes, too
    ledger = Ledger()
    with FaultProxy("eat the reply", valkey.socket) as proxy, serving(proxy.url, tmp_path, **POLICY):
        with caplog.at_level(logging.WARNING), lasting(0.5):
            carry_out(Aira(), map(Operation, range(SAVES)), ledger)
        proxy.heal()
        waiting = journal().admin.status().pending
    retries = [record for record in caplog.records if "attempt=1 of=4" in record.getMessage()]
    verdict = verdict_on(ledger, Aira(), valkey.client)
    assert_clean(verdict)
    assert verdict.acknowledged == SAVES
    assert waiting == 0, "the retries stored everything; no row was pending"
    assert len(retries) >= SAVES // 10
