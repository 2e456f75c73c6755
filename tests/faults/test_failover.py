"""The primary dies while its replicas lag: the sentinels promote one that never received the latest writes."""

import threading
from itertools import count, takewhile

from redis_models.journal import journal
from redis_models.schema import email_keys, keys
from tests.environment import SERVICE_KEY
from tests.faults.harness import accounts
from tests.faults.harness.erasing import erased_through_failovers
from tests.faults.harness.failovers import LaggingFailover
from tests.faults.harness.ledger import Ledger, Operation
from tests.faults.harness.storm import carry_out, serving_on, verdict_on, wait_until_drained
from tests.faults.harness.subjects import Aira
from tests.flows.served.sites import ServedSite
from tests.support.waiting import joined, wait_until

EMAIL = "ann@example.com"
SAVES_BEFORE, SAVES_UNHEARD, SAVES_AFTER = 500, 500, 300
FAILOVERS = 2
"""The soak makes 20."""


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


def test_no_password_sign_up_session_or_sign_out_is_undone(sentinel_deployment, tmp_path):
    found, lags = accounts.failed_over(sentinel_deployment, tmp_path / "var", count=FAILOVERS)
    assert found.undone(sentinel_deployment.client) == []
    assert len(lags) == FAILOVERS
    assert min(lags) > 0, "the replicas did not lag"
    assert {what for what, _ in found.told} >= {"sign-up", "password", "sign-in", "refresh", "sign-out"}


def test_no_erasure_is_undone_by_a_replica_that_never_received_it(sentinel_deployment, tmp_path):
    with serving_on(sentinel_deployment.endpoint, tmp_path / "var"):
        wait_until(lambda: is_marked_everywhere(sentinel_deployment))
        assert erased_through_failovers(sentinel_deployment, count=FAILOVERS) == []


def test_over_http_an_email_whose_claim_was_lost_in_a_failover_goes_to_nobody_else(sentinel_deployment, tmp_path):
    hosts = ",".join(sentinel.name for sentinel in sentinel_deployment.sentinels)
    url = f"redis+sentinel://{hosts}/main/0"
    site = ServedSite(REDIS_URL=url, AIRA_DATA_DIR=str(tmp_path / "var"), AIRA_JOURNAL="ahead")

    def register(user_id):
        headers = {"Authorization": f"Bearer {SERVICE_KEY}"}
        return site.client.post("/api/auth/register-user", json={"userId": user_id, "email": EMAIL}, headers=headers)

    try:
        wait_until(lambda: is_marked_everywhere(sentinel_deployment))
        failover = LaggingFailover(sentinel_deployment)
        failover.cut_off()
        assert register("ann").status_code == 200
        failover.promote()
        assert failover.lag_bytes > 0
        answers = []

        def is_answered():
            answers.append(register("ben").status_code)
            return answers[-1] != 503

        wait_until(is_answered)
        assert set(answers) <= {409, 503}
        wait_until(lambda: sentinel_deployment.client.get(email_keys.claim(EMAIL)) == "ann")
        assert register("ben").status_code == 409
        assert not sentinel_deployment.client.exists(keys.profile("ben"))
    finally:
        site.stop()
