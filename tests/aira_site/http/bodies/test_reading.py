"""Reading bodies whole, and dropping refused ones, by a virtual clock."""

import asyncio

import pytest

from aira_site.http.bodies.limits import LARGEST_BODY_BYTES, BodyRefused, ClientGone, Head
from aira_site.http.bodies.memory import BodyMemory
from aira_site.http.bodies.reading import DROPPED_BYTES, DROPPED_S, drop, read_whole
from tests.support.asking.loops import run

HEAD = Head("/api/chat/save", None)


@pytest.fixture(autouse=True)
def _anybody_may_send(settings):
    settings.AIRA_AUTH = "trusted"


async def pieces(*sizes, pause_s=0.0):
    for size in sizes:
        await asyncio.sleep(pause_s)
        yield bytes(size)


async def broken(*sizes):
    async for piece in pieces(*sizes):
        yield piece
    raise ClientGone


def really(coroutine):
    """Run the coroutine without a virtual clock, because it waits for threads."""
    return asyncio.run(coroutine), 0


def read(incoming, head=HEAD, *, by_clock=run):
    """Return the outcome (bytes read, the status of a refusal, or `gone`), the time it took, and the memory left."""
    memory = BodyMemory()

    async def outcome():
        try:
            body = await read_whole(incoming, head, memory)
        except BodyRefused as refused:
            return refused.problem.status
        except ClientGone:
            return "gone"
        body.close()
        return f"{body.size} bytes"

    found, took_s = by_clock(outcome())
    return found, took_s, memory.taken_bytes


def test_a_body_is_read_whole():
    assert read(pieces(5, 7)) == ("12 bytes", 0.0, 0)
    assert read(pieces()) == ("0 bytes", 0.0, 0)


@pytest.mark.parametrize("size", [1, 1000])
def test_a_body_of_which_a_byte_comes_each_minute_is_408_after_ten_seconds(size):
    found, took_s, left = read(pieces(*[size] * 100, pause_s=60))
    assert (found, took_s, left) == (408, 10, 0)


def test_a_body_that_comes_at_half_the_rate_is_408_after_at_most_ten_seconds():
    found, took_s, left = read(pieces(*[8 * 1024] * 100, pause_s=1))
    assert (found, left) == (408, 0)
    assert took_s <= 11


def test_a_slow_body_that_keeps_the_rate_is_whole():
    found, took_s, _ = read(pieces(*[20 * 1024] * 30, pause_s=1))
    assert (found, took_s) == ("614400 bytes", 30)


def test_a_body_without_a_length_is_413_once_it_is_too_large():
    import_head = Head("/api/v1/users/me/import", None)
    assert read(pieces(LARGEST_BODY_BYTES, 1), by_clock=really)[0] == 413
    assert read(pieces(LARGEST_BODY_BYTES, 1), import_head, by_clock=really)[0] == "8388609 bytes"


def test_a_client_that_is_gone_leaves_nothing():
    assert read(broken(1000)) == ("gone", 0.0, 0)


def test_a_refused_body_is_dropped_up_to_its_bound_in_bytes():
    read_bytes = 0

    async def endless():
        nonlocal read_bytes
        while True:
            read_bytes += 1024 * 1024
            yield bytes(1024 * 1024)

    run(drop(endless()))
    assert DROPPED_BYTES <= read_bytes <= DROPPED_BYTES + 1024 * 1024


def test_a_refused_body_is_dropped_up_to_its_bound_in_time():
    assert run(drop(pieces(*[1] * 100, pause_s=1)))[1] == DROPPED_S


def test_a_refused_body_that_breaks_is_no_error():
    run(drop(broken(5)))
