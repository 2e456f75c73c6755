"""Bringing back rows from files, page by page: only rows as they were written, and each once."""

import random
import shutil
import sqlite3
from dataclasses import replace

import pytest

from redis_models.errors import Invalid, NotFound
from redis_models.journal import Journal
from redis_models.journal.damage import salvage
from redis_models.journal.store import FILE_NAME, Store
from tests.redis_models import journal_file
from tests.redis_models.journal.kept_rows import ROWS, all_rows, rows_of, write

LOG = f"{FILE_NAME}-wal"


def checked(columns):
    """Return the values of a row that its checksum covers."""
    named = dict(zip(salvage.TABLE[1:], columns, strict=True))
    return tuple(named[name] for name in ("user_id", "claim", "database", "body"))


def test_flipped_bits_bring_back_no_row_that_is_not_as_it_was_written(written, store, folder, tmp_path):
    store.close()
    content = (folder / FILE_NAME).read_bytes()
    chance, right = random.Random(5), all_rows()
    as_written = set(map(checked, salvage.found_in(folder / FILE_NAME).rows))
    fewest = ROWS
    for number in range(200):
        damaged = bytearray(content)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        file = tmp_path / f"{number}.sqlite3"
        file.write_bytes(damaged)
        found = salvage.found_in(file)
        assert set(map(checked, found.rows)) <= as_written
        fewest = min(fewest, len(found.rows))
        other = Journal(Store(tmp_path / str(number)))
        other.rows.pending_ids("u1")
        _bring_back(tmp_path / str(number) / FILE_NAME, found)
        assert rows_of(other).items() <= right.items()
        other.close()
    assert fewest >= ROWS - 12, "one bit costs no more than the rows of one page"


def _bring_back(path, found):
    db = sqlite3.connect(path, isolation_level=None)
    salvage.bring_back(db, found)
    db.close()


def test_rows_in_the_log_of_a_process_that_was_killed_come_back_too(written, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "crashed")
    file = tmp_path / "crashed" / FILE_NAME
    assert (tmp_path / "crashed" / LOG).stat().st_size > 50_000
    file.write_bytes(b"")
    assert len(salvage.found_in(file).rows) == ROWS


def test_rows_of_a_file_kept_aside_can_be_added_by_hand(written, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "former")
    other = Journal(Store(tmp_path / "other"))
    assert other.admin.salvage(tmp_path / "former" / FILE_NAME) == salvage.Salvaged(rows=ROWS, unreadable=0)
    assert other.admin.salvage(tmp_path / "former" / FILE_NAME) == salvage.Salvaged(rows=0, unreadable=0)
    assert rows_of(other) == all_rows()
    with pytest.raises(NotFound, match="no file"):
        other.admin.salvage(tmp_path / "nowhere")
    with pytest.raises(Invalid, match="own file"):
        other.admin.salvage(tmp_path / "other" / FILE_NAME)
    other.close()


def test_what_is_brought_back_twice_is_there_once(written, store, folder):
    store.close()
    found = salvage.found_in(folder / FILE_NAME)
    _bring_back(folder / FILE_NAME, found)
    assert rows_of(written) == all_rows()


def test_a_row_in_no_known_state_is_counted(written, store, folder):
    store.commit(lambda db: db.execute("UPDATE rows SET state = 'unheard of' WHERE user_id = 'u3'"))
    store.close()
    found = salvage.found_in(folder / FILE_NAME)
    assert (len(found.rows), found.unreadable) == (ROWS - 1, 1)


def test_rows_behind_the_end_of_a_torn_file_are_counted(written, store, folder):
    store.close()
    file = folder / FILE_NAME
    whole = file.read_bytes()
    for size in range(len(whole) - 4096, len(whole) // 2, -4096):
        file.write_bytes(whole[:size])
        found = salvage.found_in(file)
        assert len(found.rows) + found.unreadable == ROWS
    assert found.unreadable > 1


def test_an_index_entry_that_does_not_fit_on_its_page_hides_no_row_and_no_count(kept, store, folder):
    kept.rows.keep(replace(write(1), claim="x" * 5000), row_id=None)
    kept.rows.keep(write(2), row_id=None)
    store.close()
    found = salvage.found_in(folder / FILE_NAME)
    assert (len(found.rows), found.unreadable) == (2, 0)


def test_frames_of_an_earlier_generation_of_the_log_are_not_read(written, store, folder, tmp_path):
    with journal_file.opened(folder) as other:
        other.execute("PRAGMA wal_checkpoint(RESTART)")
    store.commit(lambda db: db.execute("DELETE FROM rows WHERE user_id = 'u2'"))
    shutil.copytree(folder, tmp_path / "crashed")
    assert len(salvage.found_in(tmp_path / "crashed" / FILE_NAME).rows) == ROWS - 1


def test_garbage_has_no_rows(tmp_path):
    chance = random.Random(7)
    for number in range(300):
        page = bytearray(chance.randbytes(4096))
        page[0], page[3:5] = 0x0D, (40).to_bytes(2)
        file = tmp_path / f"{number}.sqlite3"
        file.write_bytes(bytes(4096) + page)
        assert salvage.found_in(file).rows == ()


def test_a_row_that_is_there_in_flight_gets_the_state_that_it_has_in_the_file(written, store, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "later")
    store.commit(lambda db: db.execute("UPDATE rows SET state = 'in flight'"))
    assert written.admin.salvage(tmp_path / "later" / FILE_NAME) == salvage.Salvaged(rows=0, unreadable=0)
    assert rows_of(written) == all_rows()


def test_rows_that_cannot_be_read_are_counted_once_for_each_file(written, store, folder):
    store.commit(lambda db: db.execute("UPDATE rows SET state = 'unheard of' WHERE user_id = 'u3'"))
    shutil.copytree(folder, folder / "former")
    for _ in range(2):
        assert written.admin.salvage(folder / "former" / FILE_NAME).unreadable == 1
    assert written.admin.status().unreadable_rows == 1
