"""For tests: a process that knows nothing, and several hosts in one process."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis_models.host import Host, name_for_context, name_for_process
from redis_models.journal import close_all


@contextmanager
def fresh_host() -> Iterator[Host]:
    """Let the process be a host that knows nothing, for the block; its threads and contexts without a host too.

    The journal's file stays where it is; the connection to it is closed at the end.
    """
    made = Host()
    before = name_for_process(made)
    try:
        yield made
    finally:
        close_all()
        name_for_process(before)


@contextmanager
def acting_as(named: Host) -> Iterator[Host]:
    """Do the block as another host of the same process; threads that it starts do not act as it."""
    before = name_for_context(named)
    try:
        yield named
    finally:
        name_for_context(before)
