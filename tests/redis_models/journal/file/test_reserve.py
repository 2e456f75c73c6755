"""Space that is reserved on a small disk. What becomes of a full one is in tests/faults/test_disks.py."""

import os
from types import SimpleNamespace

import pytest

from redis_models.errors import JournalFull
from redis_models.journal import Journal
from redis_models.journal.file.reserve import FILE_NAME, LOG_PAGES, Reserve, log_pages
from redis_models.journal.store import Store


@pytest.fixture
def disk_of(monkeypatch):
    """Make every disk one of so many bytes."""
    return lambda size: monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_blocks=size, f_frsize=1))


@pytest.mark.parametrize(("size", "pages"), [(2**40, LOG_PAGES), (4 * 2**20, 254), (100, 1)])
def test_a_quarter_of_a_small_disk_is_reserved_and_the_log_is_no_larger(disk_of, folder, size, pages):
    disk_of(size)
    folder.mkdir()
    Reserve(folder).take()
    assert log_pages(folder) == pages
    assert (folder / FILE_NAME).stat().st_size == pages * 4120


def test_space_that_is_lent_is_taken_again(folder):
    folder.mkdir()
    reserve = Reserve(folder)
    reserve.take()
    whole = (folder / FILE_NAME).stat().st_size
    with reserve.lent():
        Reserve(folder).take()  # by another process
        with Reserve(folder).lent():
            pass
        assert (folder / FILE_NAME).stat().st_size == 0
    assert (folder / FILE_NAME).stat().st_size == whole


def test_of_too_little_space_a_part_is_reserved(disk_of, folder, monkeypatch):
    disk_of(4 * 2**20)
    folder.mkdir()
    allocate = os.posix_fallocate

    def refuse_more(handle, offset, size):
        if size > 500_000:
            raise OSError
        allocate(handle, offset, size)

    monkeypatch.setattr(os, "posix_fallocate", refuse_more)
    Reserve(folder).take()
    assert (folder / FILE_NAME).stat().st_size == 254 * 4120 // 4


def test_without_a_folder_nothing_is_reserved(folder):
    Reserve(folder).take()
    assert not folder.exists()


def test_a_journal_in_memory_reserves_nothing_and_is_never_full(plan_write):
    store = Store(None)
    kept = Journal(store)
    kept.reserve_space()
    kept.rows.keep(plan_write(), row_id=None)

    def refuse(_):
        raise JournalFull("full")

    with pytest.raises(JournalFull):
        store.remove(refuse)


def test_of_a_full_disk_nothing_is_reserved(folder, monkeypatch):
    def refuse(*_):
        raise OSError

    folder.mkdir()
    monkeypatch.setattr(os, "posix_fallocate", refuse)
    Reserve(folder).take()
    assert (folder / FILE_NAME).stat().st_size == 0
