"""Opening a journal that is damaged: the file is kept aside, its whole rows come back, the others are counted."""

import re
import shutil
import sqlite3

import pytest

from redis_models.errors import JournalUnavailable
from redis_models.journal import Journal
from redis_models.journal.store import FILE_NAME, Store
from tests.redis_models.journal.kept_rows import ROWS, all_rows, overwrite, rows_of, tear, write


def lose_a_branch(path):
    """Remove one child from the root page of the table of rows; SQLite then misses its rows without an error."""
    with sqlite3.connect(path) as db:
        (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'rows'").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    db.close()
    cells = (root - 1) * size + 3
    count = int.from_bytes(path.read_bytes()[cells : cells + 2])
    overwrite(path, at=cells, with_bytes=(count - 1).to_bytes(2))


def leaf_of_rows(path):
    """Return where a page begins that holds at least two rows."""
    content = path.read_bytes()
    pages = range(4096, len(content), 4096)
    return next(
        at
        for at in pages
        if content[at] == 0x0D and content[at + 4] > 1 and b"u7@example.com" in content[at : at + 4096]
    )


WHOLE = {
    "header": lambda path: overwrite(path, at=0, with_bytes=bytes(100)),
    "schema": lambda path: overwrite(path, at=100, with_bytes=bytes(8)),
    "branch": lose_a_branch,
}
PARTLY = {
    "torn": tear,
    "a page": lambda path: overwrite(path, at=leaf_of_rows(path), with_bytes=bytes(4096)),
    "cell pointers": lambda path: overwrite(path, at=leaf_of_rows(path) + 8, with_bytes=b"\xff" * 4),
}


@pytest.mark.parametrize("damage", WHOLE.values(), ids=WHOLE)
def test_damage_outside_the_rows_loses_none_and_the_file_is_kept(written, store, folder, damage, caplog):
    store.close()
    damage(folder / FILE_NAME)
    opened = Journal(Store(folder))
    assert rows_of(opened) == all_rows()
    assert opened.admin.status().pending == ROWS // 2
    assert len(list(folder.glob("journal-damaged-*.sqlite3"))) == 1
    assert re.search(r"brought back. from=journal-damaged-\d+.sqlite3 rows=60 unreadable=0", caplog.text)
    opened.close()


@pytest.mark.parametrize("damage", PARTLY.values(), ids=PARTLY)
def test_of_a_damaged_file_the_whole_rows_come_back_as_they_were(written, store, folder, damage):
    store.close()
    damage(folder / FILE_NAME)
    opened = Journal(Store(folder))
    found = rows_of(opened)
    assert ROWS // 3 < len(found) < ROWS
    assert found.items() <= all_rows().items()
    opened.rows.keep(write(ROWS), row_id=None)
    opened.close()


def test_a_file_that_is_no_database_is_kept_and_a_new_one_begun(folder, plan_write):
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(b"garbage" * 1000)
    opened = Journal(Store(folder))
    opened.rows.keep(plan_write(), row_id=None)
    assert opened.admin.status().pending == 1
    (kept_aside,) = folder.glob("journal-damaged-*.sqlite3")
    assert kept_aside.read_bytes() == b"garbage" * 1000
    opened.close()


def test_damage_that_is_found_while_the_file_is_in_use_is_an_error_once(written, store, folder):
    store.close()
    with sqlite3.connect(folder / FILE_NAME) as db:
        (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'rows_by_user'").fetchone()
    db.close()
    opened = Journal(Store(folder))
    opened.admin.fact("host")
    overwrite(folder / FILE_NAME, at=(root - 1) * 4096, with_bytes=b"\xff" * 4096)
    opened.close()
    with pytest.raises(JournalUnavailable):
        opened.rows.pending_ids("u2")
    assert len(opened.rows.pending_ids("u2")) == 1
    assert rows_of(opened) == all_rows()
    opened.close()


@pytest.mark.parametrize("column", ["owner", "reason", "user_id", "applied_on"])
def test_a_text_that_is_no_utf_8_stops_nobody(kept, store, column):
    for number in (1, 2):
        kept.rows.keep(write(number), row_id=None)
    store.commit(lambda db: db.execute(f"UPDATE rows SET {column} = CAST(x'FF' AS TEXT) WHERE id = 1"))
    assert 2 in rows_of(kept)
    assert kept.admin.status().pending + kept.admin.status().dead_letters == 2


def test_a_column_with_another_name_is_damage(written, store, folder):
    store.close()
    content = (folder / FILE_NAME).read_bytes()
    (folder / FILE_NAME).write_bytes(content.replace(b"owner TEXT", b"ownes TEXT", 1))
    opened = Journal(Store(folder))
    assert rows_of(opened) == all_rows()
    opened.close()


@pytest.mark.parametrize(
    ("text", "damaged"),
    [
        (b"DELETE FROM folds WHERE user_id = OLD.user_id\n", b"DELETE FROM folds WHERE user_id = OLD.user_ad\n"),
        (b"WHERE state = 'pending'", b"WHERE state = 'qending'"),
    ],
    ids=["trigger", "index"],
)
def test_an_index_or_trigger_with_another_text_is_damage(written, store, folder, text, damaged):
    store.close()
    content = (folder / FILE_NAME).read_bytes()
    assert text in content
    (folder / FILE_NAME).write_bytes(content.replace(text, damaged, 1))
    opened = Journal(Store(folder))
    assert rows_of(opened) == all_rows()
    assert len(list(folder.glob("journal-damaged-*.sqlite3"))) == 1
    opened.close()


def test_facts_of_a_damaged_file_are_kept_if_they_can_be_read(written, store, folder):
    store.close()
    lose_a_branch(folder / FILE_NAME)
    opened = Journal(Store(folder))
    assert opened.admin.fact("host") == "h1"
    opened.close()


def test_the_log_of_a_file_that_was_deleted_is_read_at_the_next_start(written, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "crashed")
    (tmp_path / "crashed" / FILE_NAME).unlink()
    started = Journal(Store(tmp_path / "crashed"))
    assert rows_of(started) == all_rows()
    started.close()


def test_a_start_that_was_cut_short_is_made_up_for_by_the_next(written, store, folder):
    store.close()
    (folder / FILE_NAME).rename(folder / "journal-unread-1.sqlite3")
    (folder / "journal-unread-2.sqlite3").mkdir()  # cannot be read: not now
    started = Journal(Store(folder))
    assert rows_of(started) == all_rows()
    assert started.admin.status().pending == ROWS // 2
    names = {path.name for path in folder.iterdir()}
    assert {"journal-damaged-1.sqlite3", "journal-unread-2.sqlite3"} <= names
    started.close()


@pytest.mark.parametrize("place", [16, 40, 5_000, 20_000])
def test_rows_behind_a_flipped_bit_of_the_log_come_back_and_a_copy_is_kept_once(written, folder, tmp_path, place):
    crashed = tmp_path / "crashed"
    shutil.copytree(folder, crashed)
    log = crashed / f"{FILE_NAME}-wal"
    overwrite(log, at=place, with_bytes=bytes([log.read_bytes()[place] ^ 1]))
    for _ in range(2):
        started = Journal(Store(crashed))
        found = rows_of(started)
        assert found.items() <= all_rows().items()
        assert len(found) + started.admin.status().unreadable_rows >= ROWS
        assert len(found) >= ROWS - 1
        assert len(list(crashed.glob("journal-damaged-*.sqlite3"))) == 1
        started.close()
