"""The server is killed, emptied or restarted in the middle of a storm of saves."""

import threading

import pytest

from redis_models import background
from tests.faults.conftest import WITH_AOF
from tests.faults.ledger import Ledger, Operation
from tests.faults.modes import ahead_only
from tests.faults.storm import carry_out, serving, verdict_on, wait_until, wait_until_drained
from tests.faults.subjects import Aira
from tests.servers import Server

SAVES = 2000
KILLS = 3


@pytest.fixture(params=[pytest.param(WITH_AOF, id="with AOF"), pytest.param((), id="without AOF", marks=ahead_only)])
def server(request, tmp_path):
    made = Server(tmp_path / "s.sock", *request.param)
    made.start()
    yield made
    made.stop()


def test_killed_with_9_in_the_middle_of_saves_it_has_everything_after_its_restart(server, tmp_path):
    ledger = Ledger()
    with serving(f"unix://{server.socket}", tmp_path / "var"):
        saving = threading.Thread(target=carry_out, args=(Aira(), map(Operation, range(SAVES)), ledger))
        saving.start()
        for kill in range(KILLS):
            wait_until(lambda enough=(kill + 1) * 200: len(ledger.acknowledged) > enough, seconds=20)
            server.stop()
            server.start()
        saving.join()
        wait_until_drained()
    verdict = verdict_on(ledger, Aira(), server.client)
    assert verdict.is_clean, verdict
    assert verdict.acknowledged == SAVES


@ahead_only
@pytest.mark.parametrize("loss", ["FLUSHALL", "a restart without AOF"])
def test_what_was_acknowledged_and_not_fenced_comes_back(loss, tmp_path, settings):
    settings.AIRA_JOURNAL = "ahead"
    server = Server(tmp_path / "s.sock", *(WITH_AOF if loss == "FLUSHALL" else ()))
    server.start()
    ledger = Ledger()
    with serving(f"unix://{server.socket}", tmp_path / "var"):
        background.stop()
        carry_out(Aira(), map(Operation, range(200)), ledger)
        assert server.client.dbsize() > 100
        if loss == "FLUSHALL":
            server.client.flushall()
        else:
            server.stop()
            server.start()
        assert server.client.dbsize() == 0
        background.start()
        wait_until(lambda: verdict_on(ledger, Aira(), server.client).is_clean, seconds=30)
    server.stop()
    assert len(ledger.acknowledged) == 200
