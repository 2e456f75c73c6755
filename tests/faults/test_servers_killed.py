"""The server is killed, emptied or restarted during a storm of saves."""

import threading

import pytest

from redis_models.background import threads
from redis_models.journal import journal
from redis_models.replay.adoption import adopt
from redis_models.replay.drain import drain
from tests.faults.conftest import WITH_AOF
from tests.faults.harness.ledger import Ledger, Operation
from tests.faults.harness.storm import carry_out, is_lost, restart, serving, verdict_on, wait_until_drained
from tests.faults.harness.subjects import Aira
from tests.protocol.traces.hosts import killing
from tests.protocol.traces.lines import fault
from tests.support.servers import Server
from tests.support.waiting import joined, wait_until

SAVES = 2000
KILLS = 3


WITHOUT_AOF = ("--appendonly", "no")


@pytest.fixture(params=[WITH_AOF, WITHOUT_AOF], ids=["with AOF", "without AOF"])
def server(request, tmp_path):
    made = Server(tmp_path / "s.sock", *request.param)
    made.start()
    yield made
    made.stop()


def test_a_server_killed_during_saves_has_everything_after_its_restart(server, tmp_path, assert_clean):
    ledger = Ledger()
    with serving(f"unix://{server.socket}", tmp_path / "var"):
        saving = threading.Thread(target=carry_out, args=(Aira(), map(Operation, range(SAVES)), ledger))
        saving.start()
        for kill in range(KILLS):
            wait_until(lambda enough=(kill + 1) * 200: len(ledger.acknowledged) > enough)
            restart(server)
        joined(saving)
        wait_until(lambda: verdict_on(ledger, Aira(), server.client).is_clean)
        wait_until_drained()
    verdict = verdict_on(ledger, Aira(), server.client)
    assert_clean(verdict)
    assert verdict.acknowledged == SAVES


@pytest.fixture(params=["FLUSHALL", "a restart without AOF"])
def loss(request, tmp_path):
    """A server, and a function that makes it lose all its data."""
    server = Server(tmp_path / "s.sock", *(WITH_AOF if request.param == "FLUSHALL" else WITHOUT_AOF))
    server.start()

    def lose():
        assert server.client.dbsize() > 100
        if request.param == "FLUSHALL":
            with fault("flush!"):
                server.client.flushall()
        else:
            with killing(server):
                server.stop()
                server.start()
        assert server.client.dbsize() == 0

    yield server, lose
    server.stop()


@pytest.fixture
def save_and_lose(loss, tmp_path):
    """Save without a drain, so that nothing is proven durable, and lose the data; return the condition to wait for."""
    server, lose = loss
    ledger = Ledger()

    def run():
        server.client.set("user:somebody:erased", "1")  # without an append-only file, this makes the mark a proven one
        drain()
        threads.stop()
        carry_out(Aira(), map(Operation, range(200)), ledger)
        lose()
        assert verdict_on(ledger, Aira(), server.client).lost == len(ledger.acknowledged) == 200
        threads.start()
        return lambda: verdict_on(ledger, Aira(), server.client).is_clean

    return run


def test_acknowledged_writes_that_were_not_proven_come_back_after_journal_adopt(loss, save_and_lose, tmp_path):
    server, _ = loss
    with serving(f"unix://{server.socket}", tmp_path / "var"):
        is_back = save_and_lose()
        wait_until(is_lost)
        assert not is_back()
        adopt(journal())
        wait_until(is_back)
