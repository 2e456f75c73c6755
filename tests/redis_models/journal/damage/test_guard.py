"""Files that are deleted, replaced, truncated or closed to us while they are in use: noticed before the next yes."""

import shutil

import pytest

from redis_models.errors import JournalUnavailable
from redis_models.journal import Journal
from redis_models.journal.damage.files import identity_of
from redis_models.journal.damage.log import LogFollower
from redis_models.journal.store import FILE_NAME, Store
from tests.redis_models.journal.kept_rows import ROWS, all_rows, rows_of, write

LOG = f"{FILE_NAME}-wal"


def delete(folder):
    (folder / FILE_NAME).unlink()


def replace(folder):
    (folder / "new").touch()
    (folder / "new").rename(folder / FILE_NAME)


def delete_all(folder):
    for path in folder.glob(f"{FILE_NAME}*"):
        path.unlink()


def delete_log(folder):
    (folder / LOG).unlink()


def delete_index(folder):
    (folder / f"{FILE_NAME}-shm").unlink()


@pytest.mark.parametrize("harm", [delete, replace, delete_all, delete_log, delete_index])
def test_a_file_that_is_gone_is_noticed_before_the_next_yes_and_no_row_is_lost(written, folder, harm, caplog):
    harm(folder)
    written.rows.keep(write(ROWS), row_id=None)
    assert "deleted or replaced" in caplog.text
    later = Journal(Store(folder))
    assert rows_of(later).keys() == {*all_rows(), ROWS}
    assert rows_of(written).keys() == {*all_rows(), ROWS}
    later.close()


@pytest.mark.parametrize(("name", "left"), [(FILE_NAME, 0), (FILE_NAME, 8192), (LOG, 0), (LOG, 8192)])
def test_a_file_that_was_truncated_is_noticed_before_the_next_yes(written, store, folder, name, left, caplog):
    store.wipe()  # so that the rows are in the file itself
    written.rows.keep(write(ROWS), row_id=None)
    with (folder / name).open("r+b") as file:
        file.truncate(left)
    written.rows.keep(write(ROWS + 1), row_id=None)
    assert "truncated" in caplog.text
    later = Journal(Store(folder))
    assert ROWS + 1 in rows_of(later)
    assert len(rows_of(later)) + later.admin.status().unreadable_rows == ROWS + 2
    later.close()


def test_a_file_that_goes_while_a_transaction_runs_is_noticed_before_the_yes(written, store, folder, caplog):
    left = [folder / FILE_NAME]

    def change(db):
        if left:
            left.pop().unlink()
        return db.execute("UPDATE facts SET value = 'h2' WHERE name = 'host'").rowcount

    store.commit(change)
    assert "deleted or replaced" in caplog.text
    later = Journal(Store(folder))
    assert rows_of(later) == all_rows()
    later.close()


def test_a_file_that_nobody_may_read_any_more_takes_no_write(written, store, folder):
    (folder / FILE_NAME).chmod(0o000)
    with pytest.raises(JournalUnavailable, match="permissions"):
        written.rows.keep(write(ROWS), row_id=None)
    (folder / FILE_NAME).chmod(0o600)
    written.rows.keep(write(ROWS), row_id=None)


def test_every_worker_notices_on_its_own(written, store, folder):
    other = Journal(Store(folder))
    other.rows.keep(write(ROWS), row_id=None)
    delete_all(folder)
    other.rows.keep(write(ROWS + 1), row_id=None)
    written.rows.keep(write(ROWS + 2), row_id=None)
    assert rows_of(written).keys() == rows_of(other).keys() == {*all_rows(), ROWS, ROWS + 1, ROWS + 2}
    other.close()


def cut(path, count):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - count)


def after_a_crash(folder, tmp_path):
    """Return the rows that the next start finds if all processes are killed now."""
    shutil.copytree(folder, tmp_path / "crashed")
    started = Journal(Store(tmp_path / "crashed"))
    found = rows_of(started)
    started.close()
    return found


@pytest.mark.parametrize("count", [1, 100, 4096, 4110, 4120, 10_000])
def test_what_another_worker_has_added_to_the_log_and_lost_is_noticed(written, store, folder, count, tmp_path, caplog):
    other = Journal(Store(folder))
    other.admin.note("host", "h2")
    store.wipe()  # so that the last frames of the log are the newest
    for number in range(ROWS, ROWS + 4):
        (written, other)[number % 2].rows.keep(write(number), row_id=None)
    cut(folder / LOG, count)
    written.rows.keep(write(ROWS + 4), row_id=None)
    other.rows.keep(write(ROWS + 5), row_id=None)
    assert "truncated" in caplog.text or "damaged" in caplog.text or "cannot be used" in caplog.text
    assert {ROWS + 4, ROWS + 5} <= after_a_crash(folder, tmp_path).keys()
    assert len(rows_of(written)) + written.admin.status().unreadable_rows == ROWS + 6
    other.close()


def test_a_last_frame_that_was_cut_is_noticed_although_no_write_reads_its_page(
    written, store, folder, tmp_path, caplog
):
    other = Journal(Store(folder))
    other.admin.note("host", "h2")
    store.wipe()
    written.rows.keep(write(ROWS), row_id=None)
    other.admin.note("host", "h3")
    cut(folder / LOG, 1)
    written.rows.keep(write(ROWS + 1), row_id=None)
    assert "truncated" in caplog.text
    assert ROWS + 1 in after_a_crash(folder, tmp_path)
    other.close()


@pytest.mark.parametrize("left", [0, 16, 32])
def test_a_log_that_another_worker_has_never_seen_is_cut(written, store, folder, left, tmp_path, caplog):
    other = Journal(Store(folder))
    other.admin.prove_writable()
    store.wipe()
    for number in range(ROWS, ROWS + 4):
        other.rows.keep(write(number), row_id=None)
    with (folder / LOG).open("r+b") as file:
        file.truncate(left)
    store.commit(lambda db: db.execute("UPDATE facts SET value = 'h2' WHERE name = 'host'"))
    assert "truncated" in caplog.text or "cannot be used" in caplog.text
    written.rows.keep(write(ROWS + 4), row_id=None)
    assert ROWS + 4 in after_a_crash(folder, tmp_path)
    other.close()


def test_a_log_that_a_killed_process_left_in_the_middle_of_a_frame_is_whole(written, store, folder, caplog):
    store.wipe()
    written.rows.keep(write(ROWS - 1), row_id=None)
    log = (folder / LOG).read_bytes()
    (folder / LOG).write_bytes(log + log[-4120:-20])
    for number in (ROWS, ROWS + 1):
        written.rows.keep(write(number), row_id=None)
    assert caplog.text == ""
    assert len(rows_of(written)) == ROWS + 2


def test_a_torn_frame_is_no_sign_of_damage_if_the_next_commit_adds_nothing(written, store, folder, caplog):
    store.wipe()
    written.rows.keep(write(ROWS - 1), row_id=None)
    log = (folder / LOG).read_bytes()
    (folder / LOG).write_bytes(log + log[-4120:-20])
    store.commit(lambda db: db.execute("UPDATE facts SET value = 'h2' WHERE name = 'no such fact'").rowcount)
    written.rows.keep(write(ROWS), row_id=None)
    assert caplog.text == ""
    assert len(rows_of(written)) == ROWS + 1


def test_a_log_that_another_worker_empties_is_whole(written, store, folder, caplog):
    other = Store(folder)
    assert other.wipe()
    for number in range(ROWS, ROWS + 3):
        written.rows.keep(write(number), row_id=None)
        assert other.wipe()
    assert caplog.text == ""
    assert len(rows_of(written)) == ROWS + 3
    other.close()


def test_a_log_that_is_emptied_just_after_a_commit_is_whole(tmp_path):
    (tmp_path / LOG).touch()
    assert not LogFollower(tmp_path / LOG).has_gap()


def test_a_log_or_a_folder_that_cannot_be_read_is_a_one_sentence_error(tmp_path):
    with pytest.raises(JournalUnavailable, match="log cannot be read"):
        LogFollower(tmp_path / LOG).has_gap()
    (tmp_path / "file").touch()
    with pytest.raises(JournalUnavailable, match="folder cannot be read"):
        identity_of(tmp_path / "file" / FILE_NAME)
