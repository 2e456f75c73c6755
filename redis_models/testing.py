"""Test support: a host without state, and several hosts in one process."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis_models.host import Host, name_for_context, name_for_process
from redis_models.journal import close_all


@contextmanager
def fresh_host() -> Iterator[Host]:
    """Give the process a new host without state for the block, in all threads and contexts that have none of their own.

    The journal's file stays in place; the connection to it is closed at the end.
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
    """Run the block as another host of the same process; threads started in the block are not part of it."""
    before = name_for_context(named)
    try:
        yield named
    finally:
        name_for_context(before)
