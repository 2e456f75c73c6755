"""`serve` and all its processes are killed during a storm of saves; then it is started again."""

import contextlib
import os
import signal
import threading

import redis

from tests.faults.harness.ledger import Ledger, Operation
from tests.faults.harness.storm import carry_out, verdict_on
from tests.faults.harness.subjects import Web
from tests.flows.served.test_serve import start  # noqa: F401 (a fixture)
from tests.support.waiting import joined, wait_until

SAVES = 100_000
SAVED_BEFORE_THE_KILL = 300


def test_everything_acknowledged_is_there_after_the_next_start(start, assert_clean):  # noqa: F811
    serving = start()
    serving.wait_until_ready()
    ledger, is_over = Ledger(), threading.Event()
    web = Web(serving.port, key=(serving.data_dir / "service-key").read_text().strip())
    operations = (Operation(number) for number in range(SAVES) if not is_over.is_set())
    saving = threading.Thread(target=carry_out, args=(web, operations, ledger))
    saving.start()
    wait_until(lambda: len(ledger.acknowledged) > SAVED_BEFORE_THE_KILL)
    kill_all([serving.process.pid, *serving.descendants()])
    is_over.set()
    joined(saving)
    web.close()
    again = start(serving.data_dir, port=serving.port)
    again.wait_until_ready()
    client = redis.Redis(unix_socket_path=str(serving.data_dir / "valkey.sock"), decode_responses=True)
    wait_until(lambda: again.client.get("/ready").json()["journal"]["pending"] == 0)
    verdict = verdict_on(ledger, web, client)
    client.close()
    assert_clean(verdict)
    assert verdict.acknowledged > SAVED_BEFORE_THE_KILL


def kill_all(processes):
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
