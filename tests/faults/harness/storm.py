"""Saves from many threads during a fault, then drains, then compares."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from unittest.mock import patch

import redis
from django.conf import settings
from django.test.utils import override_settings

from accounts.privacy import erasure
from redis_models.background import threads
from redis_models.connection.client import deployment
from redis_models.connection.factory import BoundedConnectionFactory
from redis_models.connection.topology import ONLY
from redis_models.endpoint import Endpoint
from redis_models.health import monitor, registry
from redis_models.journal import journal
from redis_models.replay import primary_drain
from redis_models.replay.adoption import adopt
from redis_models.testing import fresh_host
from tests.faults.harness.ledger import Ledger, Operation, Verdict, verdict_of
from tests.faults.harness.subjects import HANG_TIMEOUT_S, Aira, Subject
from tests.protocol.traces.hosts import assert_legal, killing, trace_of
from tests.support.servers import Server
from tests.support.waiting import wait_until

THREADS = 16
PROBE_TIMEOUT_S = 0.3
"""The monitor's own time-out, not multiplied as in other tests."""


def open_sockets() -> int:
    """Return how many sockets this process has open."""
    return sum(target.startswith("socket:") for target in open_files())


def open_files() -> list[str]:
    """Return the targets of this process's open file descriptors, from /proc."""
    found = []
    for descriptor in list(Path("/proc/self/fd").iterdir()):
        with contextlib.suppress(OSError):
            found.append(str(descriptor.readlink()))
    return found


@contextlib.contextmanager
def serving(url: str, data_dir: Path, **changed: object) -> Iterator[None]:
    """Act as a serving process with its own data dir on the Redis at `url`: the monitor and housekeeping run."""
    with serving_on(endpoint_of(url), data_dir, **changed):
        yield


def endpoint_of(url: str) -> Endpoint:
    """Return the endpoint of this address."""
    return Endpoint(url=url, display="proxy", variable="REDIS_URL")


@contextlib.contextmanager
def serving_on(endpoint: Endpoint, data_dir: Path, **changed: object) -> Iterator[None]:
    """Act as a newly started serving process on this endpoint; its trace is checked at the end.

    Whoever makes a fault notes it (`fault`), because the model allows some steps only then.
    """
    with running(endpoint, data_dir, **changed):
        yield
    assert_legal(data_dir)


@contextlib.contextmanager
def running(endpoint: Endpoint, data_dir: Path, **changed: object) -> Iterator[None]:
    """Act as a newly started serving process on this endpoint, one of perhaps several that write to one trace."""
    cache = settings.CACHES["default"] | {"LOCATION": endpoint.url}
    own = {"REDIS_ENDPOINT": endpoint, "CACHES": {"default": cache}, "AIRA_DATA_DIR": data_dir}
    own["AIRA_TRACE"] = str(trace_of(data_dir))
    quick = patch.object(monitor, "PROBE_TIMEOUT_S", PROBE_TIMEOUT_S)
    with override_settings(**own | changed), quick, fresh_host():
        threads.start(erasure.go_on)
        try:
            yield
        finally:
            threads.stop()
            close_idle_connections()


def close_idle_connections() -> None:
    """Close the idle connections of the pools; one that was never returned stays open and counts as leaked."""
    for pool in BoundedConnectionFactory.pools.values():
        pool.disconnect(inuse_connections=False)
    probe = deployment().probe_client(ONLY, timeout_s=monitor.PROBE_TIMEOUT_S)
    probe.connection_pool.disconnect(inuse_connections=False)


def carry_out(subject: Subject, operations: Iterable[Operation], ledger: Ledger, *, threads: int = THREADS) -> None:
    """Run each operation once, spread over the threads, and record the answers."""
    queue, lock = iter(operations), threading.Lock()

    def work() -> None:
        while True:
            with lock:
                operation = next(queue, None)
            if operation is None:
                return
            _carry_out_one(subject, operation, ledger)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _carry_out_one(subject: Subject, operation: Operation, ledger: Ledger) -> None:
    ledger.begin(operation)
    try:
        subject.save(operation)
    except subject.refusals as error:
        ledger.refuse(operation, type(error).__name__)
    except Exception as error:  # noqa: BLE001 (any other error of a save is a finding)
        ledger.record_error(operation, f"{type(error).__name__}: {error}")
    else:
        ledger.acknowledge(operation)


def restart(server: Server) -> None:
    """Kill the server and start it again; if it is empty then, adopt it, as an operator does."""
    with killing(server):
        server.stop()
        server.start()
    wait_until(lambda: server.client.exists("aira:database") or is_lost())
    if is_lost():
        adopt(journal())


def is_lost() -> bool:
    """Return whether the site asks an operator to adopt the database."""
    return "journal adopt" in registry.current().reason


def is_drained() -> bool:
    """Return whether Redis has every row of the journal and, if it can prove that it keeps them, has proven it."""
    status = journal().admin.status()
    unfenced = status.applied if status.durability == primary_drain.PROVEN else 0
    return status.pending + status.in_flight + unfenced == 0


def wait_until_drained() -> float:
    """Wait until Redis is healthy and has every row; return how long that took (s)."""
    return wait_until(lambda: registry.current().is_healthy and is_drained())


def verdict_on(ledger: Ledger, subject: Subject, client: redis.Redis, **rest: int) -> Verdict:
    """Compare the ledger with the data on the server."""
    users = {operation.user_id for operation in ledger.begun}
    return verdict_of(ledger, {user_id: subject.stored_user(user_id, client) for user_id in users}, **rest)


def storm(
    url: str, data_dir: Path, client: redis.Redis, *, operations: Iterable[Operation], heal: Callable[[], object]
) -> Verdict:
    """Save through `url` while it fails, heal it, drain, and compare with the data that `client` reads."""
    ledger, before = Ledger(), open_sockets()
    with serving(url, data_dir, AIRA_REDIS_TIMEOUT_S=HANG_TIMEOUT_S):
        carry_out(Aira(), operations, ledger)
        heal()
        wait_until_drained()
        status = journal().admin.status()
        waiting, dead_letters = int(not is_drained()), status.dead_letters
    return verdict_on(
        ledger, Aira(), client, waiting=waiting, dead_letters=dead_letters, leaked_sockets=open_sockets() - before
    )
