"""Fixtures for all tests. Whatever touches Redis uses a real server; each test begins with it empty and healthy."""

import itertools
import logging
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
import structlog
from pydantic import SecretStr
from rest_framework.test import APIClient

from accounts.credentials import service_keys
from aira_site.logs import LineFormatter
from redis_models.endpoint import Endpoint
from redis_models.journal import journal
from redis_models.operations.write import Write
from redis_models.testing import fresh_host
from tests.environment import FOLDER, LOGS, SERVICE_KEY, SOCKET
from tests.redis_models.background.moments import Clock
from tests.redis_models.hosts import Hosts
from tests.support.canaries import Watch
from tests.support.models import ModelServer
from tests.support.patience import be_patient
from tests.support.servers import Server
from tests.support.topologies import cluster_deployment, running_cluster, running_sentinels, sentinel_deployment  # noqa: F401 (fixtures)

be_patient()
NOT_TIMED = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("not timed", hypothesis.settings.default, **NOT_TIMED)
hypothesis.settings.load_profile("not timed")


def pytest_terminal_summary(terminalreporter):
    """Print what the fault tests saw lost or duplicated, and how many states, traced steps and lives there were."""
    counted = Counter()
    for report in itertools.chain.from_iterable(terminalreporter.stats.values()):
        if getattr(report, "when", "") == "call":
            counted.update(dict(report.user_properties))
    if counted["acknowledged"]:
        told = "Faults: {lost} lost, {duplicated} duplicated of {acknowledged} acknowledged."
        terminalreporter.write_line(told.format_map(counted))
    if counted["worlds"]:
        told = "Model of the protocol: {worlds} worlds explored completely, {states} states."
        terminalreporter.write_line(told.format_map(counted))
    if counted["traced steps"]:
        terminalreporter.write_line("Traces: {traced steps} steps replayed through the model.".format_map(counted))
    if counted["lives"]:
        told = "Simulation: {lives} lives, {acknowledged in lives} operations acknowledged."
        terminalreporter.write_line(told.format_map(counted))


@pytest.fixture(scope="session", autouse=True)
def _children_are_measured_apart():
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
    os.environ["COVERAGE_PROCESS_START"] = str(Path(__file__).with_name("served.coveragerc"))


@pytest.fixture(scope="session")
def _watch():
    """Log to a file, and search all logs and the server's append-only file for canaries."""
    log = logging.FileHandler(LOGS / "tests.log")
    log.setFormatter(LineFormatter())
    logging.getLogger().addHandler(log)
    yield Watch(logs=LOGS, append_only=FOLDER / "appendonlydir")
    logging.getLogger().removeHandler(log)
    log.close()


@pytest.fixture(autouse=True)
def _nothing_leaks(_watch):
    yield
    assert _watch.leaks() == []


@pytest.fixture(scope="session")
def _server():
    server = Server(SOCKET)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def valkey(_server):
    """The running server, empty but for the mark of its database. A test may stop, pause and start it."""
    if _server.process is None:
        _server.start()
    _server.empty()
    yield _server
    if _server.process is not None:
        _server.resume()


@pytest.fixture
def permissions(valkey):
    """Change this process's permissions on the server (rules of ACL SETUSER); they are restored after the test."""
    yield lambda *rules: valkey.client.execute_command("ACL", "SETUSER", "default", *rules)
    valkey.client.execute_command("ACL", "SETUSER", "default", "resetkeys", "~*", "+@all")


@pytest.fixture(autouse=True)
def _fresh_process(settings):
    """Run each test on a new host without a journal."""
    structlog.contextvars.clear_contextvars()
    service_keys.forget()
    for file in settings.AIRA_DATA_DIR.glob("journal.sqlite3*"):
        file.unlink()
    with fresh_host():
        yield


@pytest.fixture
def hosts(settings, tmp_path):
    """Other hosts, and other processes of a host."""
    made = Hosts(settings, tmp_path)
    yield made
    made.close()


@pytest.fixture
def list_clock(monkeypatch):
    """Set the age of the list of revocations; it does not age by itself."""
    clock = Clock()
    monkeypatch.setattr("redis_models.background.revoked_list.moment", clock)
    return clock


@pytest.fixture
def connect_to(settings):
    """Connect the client to another endpoint, or to the same one with other settings."""

    def connect(endpoint: Endpoint | None = None, **policy):
        for name, value in policy.items():
            setattr(settings, name, value)
        if endpoint is not None:
            settings.REDIS_ENDPOINT = endpoint
        cache = settings.CACHES["default"] | {"LOCATION": settings.REDIS_ENDPOINT.url}
        settings.CACHES = {"default": cache}

    return connect


@pytest.fixture
def at_attempt():
    """Call a function when the given attempt at an operation has failed, before the next attempt."""
    log, handlers = logging.getLogger("redis_models.connection.retry"), []

    def arrange(attempt: int, do: Callable[[], object]) -> None:
        class Handler(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                if f" attempt={attempt} " in record.getMessage():
                    do()

        handlers.append(Handler())
        log.addHandler(handlers[-1])

    yield arrange
    for handler in handlers:
        log.removeHandler(handler)


@pytest.fixture
def trusted(settings):
    """A client in trusted mode, which may act for any user."""
    settings.AIRA_AUTH = "trusted"
    return APIClient()


@pytest.fixture
def service():
    """A client with a service key."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {SERVICE_KEY}")
    return client


@pytest.fixture
def model(settings):
    """An OpenAI-compatible server, configured as the model."""
    server = ModelServer()
    settings.AIRA_MODEL_URL, settings.AIRA_MODEL = server.url, "test-model"
    settings.AIRA_MODEL_KEY = SecretStr("sk-for-tests-only")
    yield server
    server.close()


@pytest.fixture
def frozen_limits(monkeypatch):
    """Stop the clock of the rate limits, so no permits return during a slow test."""
    monkeypatch.setattr("api.limits.now_ms", lambda: 1_795_423_341_000)


@pytest.fixture
def plan_write():
    """Build a simple write: a change of plan."""

    def build(user_id="u1", plan="plus", at=1_795_423_341_000, **fields):
        keys = (f"user:{user_id}:erased", f"user:{user_id}:profile")
        return Write(user_id, "accounts.plan.1", keys, (plan,), at, **fields)

    return build


@pytest.fixture
def keep():
    """Keep a write in the process's journal as pending; return the row's id."""
    return lambda write: journal().rows.keep(write, row_id=None)


@pytest.fixture
def status():
    """Return the status of the process's journal."""
    return journal().admin.status
