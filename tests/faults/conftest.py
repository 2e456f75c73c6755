"""Fixtures of the fault tests."""

import pytest

from tests.faults.harness.zygote import Zygote
from tests.protocol.traces.hosts import STEPS
from tests.support.servers import Server

WITH_AOF = ("--appendonly", "yes", "--appendfsync", "everysec")


@pytest.fixture
def assert_clean(record_property):
    """Assert that nothing was lost or counted twice, and add the counts to the summary of the test run."""

    def check(verdict):
        for name in ("acknowledged", "lost", "duplicated"):
            record_property(name, getattr(verdict, name))
        record_property("traced steps", STEPS.taken())
        assert verdict.is_clean, verdict

    return check


@pytest.fixture
def durable_server(tmp_path):
    """A server whose append-only file survives a kill."""
    made = Server(tmp_path / "durable.sock", *WITH_AOF)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def zygote():
    """The process that forks a child for each job."""
    with Zygote() as made:
        yield made
