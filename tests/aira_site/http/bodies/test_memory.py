"""The memory of bodies in flight."""

import pytest

from aira_site.http.bodies.limits import BodyRefused
from aira_site.http.bodies.memory import MOST_BYTES, MOST_HANDED_OVER_BYTES, SCARCE_FROM_BYTES, BodyMemory


def test_no_more_than_64_mib_are_taken():
    memory = BodyMemory()
    memory.take(MOST_BYTES)
    with pytest.raises(BodyRefused) as refused:
        memory.take(1)
    assert refused.value.problem.status == 503
    memory.give_back(1)
    memory.take(1)
    assert memory.taken_bytes == MOST_BYTES == 64 * 1024 * 1024


def test_what_may_be_taken_can_be_less():
    memory = BodyMemory()
    memory.take(MOST_HANDED_OVER_BYTES, most_bytes=MOST_HANDED_OVER_BYTES)
    with pytest.raises(BodyRefused):
        memory.take(1, most_bytes=MOST_HANDED_OVER_BYTES)
    memory.take(1)


def test_memory_is_scarce_above_its_half():
    memory = BodyMemory()
    memory.take(SCARCE_FROM_BYTES)
    assert not memory.is_scarce
    memory.take(1)
    assert memory.is_scarce
