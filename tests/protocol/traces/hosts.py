"""Traces of real hosts in fault tests: each has one beside its data dir, and the model has to allow all its steps."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from django.test.utils import override_settings

from tests.protocol.traces.checker import Checked, check
from tests.protocol.traces.lines import fault, read
from tests.support.servers import Server

MOST_SHOWN = 5


class IllegalStepsError(AssertionError):
    """The model does not allow steps of the trace."""


class Steps:
    """How many steps were checked since the last call of `taken`."""

    def __init__(self) -> None:
        self._count = 0

    def add(self, checked: Checked) -> None:
        """Count the steps of a trace."""
        self._count += checked.steps

    def taken(self) -> int:
        """Return the number, and begin anew."""
        count, self._count = self._count, 0
        return count


STEPS = Steps()


def trace_of(data_dir: Path) -> Path:
    """Return the file of the trace of the host with this data dir."""
    return data_dir.with_name(f"{data_dir.name}.trace")


def assert_legal(data_dir: Path) -> Checked:
    """Check the host's trace; raises IllegalStepsError with the first steps that the model does not allow."""
    checked = check(read(trace_of(data_dir)))
    STEPS.add(checked)
    if checked.illegal:
        raise IllegalStepsError("\n".join(map(str, checked.illegal[:MOST_SHOWN])))
    return checked


@contextmanager
def tracing(data_dir: Path) -> Iterator[None]:
    """Let this process write to the trace of another one's host, to note faults."""
    with override_settings(AIRA_TRACE=str(trace_of(data_dir)), AIRA_DATA_DIR=data_dir):
        yield


@contextmanager
def killing(server: Server) -> Iterator[None]:
    """Note that the server is killed during the block; without an append-only file, it is empty afterwards."""
    with fault("kill!"):
        if _has_file(server):
            yield
        else:
            with fault("flush!"):
                yield


def _has_file(server: Server) -> bool:
    try:
        return server.client.config_get("appendonly")["appendonly"] == "yes"
    except redis.RedisError:
        return True
