"""Fixtures of the fault tests."""

import pytest

from tests.faults.harness.zygote import Zygote
from tests.support.servers import Server

WITH_AOF = ("--appendonly", "yes", "--appendfsync", "everysec")


@pytest.fixture
def assert_clean(record_property):
    """Assert that nothing was lost or counted twice, and count what was acknowledged in the summary of the run."""

    def check(verdict):
        for name in ("acknowledged", "lost", "duplicated"):
            record_property(name, getattr(verdict, name))
        assert verdict.is_clean, verdict

    return check


@pytest.fixture
def durable_server(tmp_path):
    """A server with an append-only file, which therefore survives being killed."""
    made = Server(tmp_path / "durable.sock", *WITH_AOF)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def zygote():
    """The parent of cheap real processes."""
    with Zygote() as made:
        yield made
