"""One host through all kinds of faults, with the trace on: the model allows each of its steps."""

import signal

from redis_models.background import threads
from redis_models.journal import journal
from redis_models.replay.adoption import adopt
from redis_models.replay.drain import drain
from tests.faults.harness.ledger import Operation, read_ledger
from tests.faults.harness.proxy import FaultProxy
from tests.faults.harness.storm import carry_out, endpoint_of, is_lost, restart, running, verdict_on, wait_until_drained
from tests.faults.harness.subjects import HANG_TIMEOUT_S, Aira
from tests.faults.harness.zygote import Job
from tests.protocol.traces.hosts import assert_legal, tracing
from tests.protocol.traces.lines import fault
from tests.redis_models import journal_file
from tests.support.waiting import wait_until

SAVES = 60
"""In each stage."""


def saves(stage):
    return map(Operation, range(stage * SAVES, (stage + 1) * SAVES))


def test_the_model_allows_every_step_of_a_host_under_faults(zygote, durable_server, tmp_path, assert_clean):
    data_dir, url = tmp_path / "var", f"unix://{durable_server.socket}"
    ledger = read_ledger()
    with running(endpoint_of(url), data_dir):
        _flushed_and_adopted(ledger, durable_server)
        durable_server.pause()
        carry_out(Aira(), saves(1), ledger)
        durable_server.resume()
        restart(durable_server)
        carry_out(Aira(), saves(2), ledger)
    _replies_eaten(ledger, durable_server, data_dir)
    job = {"url": url, "data_dir": str(data_dir), "log": str(tmp_path / "log")}
    with tracing(data_dir), fault("death"):  # in mid-drain
        assert zygote.run(Job(**job, point="before the rows leave")) == [-signal.SIGKILL]
    assert zygote.run(Job(**job)) == [0]
    checked = assert_legal(data_dir)
    assert_clean(verdict_on(ledger, Aira(), durable_server.client))
    with journal_file.opened(data_dir) as file:
        assert checked.left == {host: dict(file.execute("SELECT id, state FROM rows")) for host in checked.left}


def _replies_eaten(ledger, server, data_dir):
    """Save through a network that eats replies."""
    with (
        FaultProxy("eat the reply", server.socket) as proxy,
        running(endpoint_of(proxy.url), data_dir, AIRA_REDIS_TIMEOUT_S=HANG_TIMEOUT_S),
    ):
        carry_out(Aira(), saves(3), ledger)
        proxy.heal()


def _flushed_and_adopted(ledger, server):
    """Empty the database before any of the saves has left the journal, and adopt it."""
    drain()
    threads.stop()
    carry_out(Aira(), saves(0), ledger)
    with fault("flush!"):
        server.client.flushall()
    threads.start()
    wait_until(is_lost)
    adopt(journal())
    wait_until_drained()
