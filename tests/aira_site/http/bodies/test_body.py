"""Where a body lies as it arrives."""

import asyncio
import io
import tempfile

import pytest

from aira_site.http.bodies.body import SPOOLED_FROM_BYTES, SPOOLED_IF_SCARCE_FROM_BYTES, Body
from aira_site.http.bodies.limits import LARGEST_BODY_BYTES, LARGEST_OF_PATH, BodyRefused
from aira_site.http.bodies.memory import MOST_BYTES, MOST_HANDED_OVER_BYTES, SCARCE_FROM_BYTES, BodyMemory

PIECE = bytes(range(256)) * 256
IMPORT_BYTES = max(LARGEST_OF_PATH.values())


@pytest.fixture
def memory():
    return BodyMemory()


async def arrived(memory, size, *, piece=PIECE, bound=IMPORT_BYTES):
    body = Body(memory, bound=bound)
    while body.size < size:
        await body.add(piece[: size - body.size])
    return body


async def content_of(memory, size, **options):
    body = await arrived(memory, size, **options)
    file = await body.handed_over()
    content = file.read()
    body.close()
    return file, content


@pytest.mark.parametrize("size", [0, 1, SPOOLED_FROM_BYTES, SPOOLED_FROM_BYTES + 1, 3 * SPOOLED_FROM_BYTES + 7])
def test_a_body_is_read_as_it_arrived_and_gives_back_what_it_took(memory, size):
    file, content = asyncio.run(content_of(memory, size))
    assert content == (PIECE * (size // len(PIECE) + 1))[:size]
    assert isinstance(file, io.BytesIO) is (size <= SPOOLED_FROM_BYTES)
    assert memory.taken_bytes == 0


def test_a_large_body_holds_at_most_one_mib_of_memory_while_it_arrives(memory):
    most_bytes = 0

    async def arrive():
        nonlocal most_bytes
        body = Body(memory, bound=IMPORT_BYTES)
        for _ in range(100):
            await body.add(PIECE)
            most_bytes = max(most_bytes, memory.taken_bytes)
        body.close()

    asyncio.run(arrive())
    assert 0 < most_bytes <= SPOOLED_FROM_BYTES


def test_if_memory_is_scarce_smaller_bodies_are_moved_to_disk(memory):
    memory.take(SCARCE_FROM_BYTES + 1)

    async def arrive():
        bodies = [await arrived(memory, size) for size in (SPOOLED_IF_SCARCE_FROM_BYTES, 60_000, 1_000_000)]
        held_bytes = memory.taken_bytes - (SCARCE_FROM_BYTES + 1)
        for body in bodies:
            body.close()
        return held_bytes

    assert asyncio.run(arrive()) == SPOOLED_IF_SCARCE_FROM_BYTES


def test_a_body_that_is_read_as_a_whole_counts_as_a_whole_once_it_is_handed_over(memory):
    async def hand_over():
        bodies = [await arrived(memory, 0)]
        while memory.taken_bytes < MOST_HANDED_OVER_BYTES:
            bodies.append(await arrived(memory, LARGEST_BODY_BYTES))
            await bodies[-1].handed_over()
        assert len(bodies) == 7
        bodies.append(await arrived(memory, LARGEST_BODY_BYTES))
        with pytest.raises(BodyRefused) as refused:
            await bodies[-1].handed_over()
        assert refused.value.problem.status == 503
        bodies.append(await arrived(memory, 1000))
        await bodies[-1].handed_over()
        for body in bodies:
            body.close()

    asyncio.run(hand_over())
    assert memory.taken_bytes == 0


def test_a_document_that_is_read_piece_by_piece_does_not_count(memory):
    async def hand_over():
        body = await arrived(memory, LARGEST_BODY_BYTES + 1)
        await body.handed_over()
        taken = memory.taken_bytes
        body.close()
        return taken

    assert asyncio.run(hand_over()) == 0


def test_above_its_bound_a_body_is_413(memory):
    with pytest.raises(BodyRefused) as refused:
        asyncio.run(arrived(memory, 1001, piece=PIECE[:100], bound=1000))
    assert refused.value.problem.status == 413


def test_without_a_folder_for_temporary_files_bodies_stay_in_memory_up_to_its_bound(memory, monkeypatch):
    def none(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr("aira_site.http.bodies.body.TemporaryFile", none)
    assert len(asyncio.run(content_of(memory, 3 * SPOOLED_FROM_BYTES))[1]) == 3 * SPOOLED_FROM_BYTES
    with pytest.raises(BodyRefused) as refused:
        asyncio.run(arrived(memory, MOST_BYTES + 1))
    assert refused.value.problem.status == 503


def test_a_disk_that_becomes_full_is_503(memory, monkeypatch):
    class Full(io.BytesIO):
        def write(self, content):
            if self.tell():
                raise OSError(28, "No space left on device")
            return super().write(content)

    monkeypatch.setattr("aira_site.http.bodies.body.TemporaryFile", Full)
    with pytest.raises(BodyRefused) as refused:
        asyncio.run(arrived(memory, 3 * SPOOLED_FROM_BYTES))
    assert refused.value.problem.status == 503


def test_the_file_has_no_name(memory, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def arrive():
        body = await arrived(memory, 2 * SPOOLED_FROM_BYTES)
        await body.handed_over()
        found = list(tmp_path.iterdir())
        body.close()
        return found

    assert asyncio.run(arrive()) == []
