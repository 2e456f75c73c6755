import errno
import os
import sqlite3
import stat
import threading
from functools import partial
from types import SimpleNamespace

import pytest

from redis_models.budget import budget
from redis_models.errors import JournalUnavailable
from redis_models.journal import Journal, journal
from redis_models.journal.file import opening, reserve
from redis_models.journal.store import FILE_NAME, LOCK_TIMEOUT_S, Store
from redis_models.journal.tables import VERSION
from tests.support.waiting import PATIENCE_S, joined


def test_the_file_is_private_and_durable(kept, store, folder, plan_write):
    kept.rows.begin(plan_write(), deadline_ms=0)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    with store.reading() as db:
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_a_journal_in_memory_keeps_rows_and_says_that_it_is_not_durable(plan_write):
    store = Store(None)
    kept = Journal(store)
    kept.rows.keep(plan_write(), row_id=None)
    assert not kept.admin.status().is_on_disk
    with store.replay_turn() as is_ours:
        assert is_ours
    with pytest.raises(JournalUnavailable), store.reading() as db:
        db.execute("not sql")
    with pytest.raises(JournalUnavailable):
        store.commit(lambda db: db.execute("not sql"))
    assert len(kept.rows.pending_ids("u1")) == 1


def test_a_folder_that_cannot_be_written_is_a_one_sentence_error(tmp_path, plan_write):
    file = tmp_path / "a file"
    file.touch()
    store = Store(file / "data")
    with pytest.raises(JournalUnavailable, match="disk and permissions"):
        Journal(store).rows.begin(plan_write(), deadline_ms=0)
    with pytest.raises(JournalUnavailable, match="cannot be written"), store.replay_turn():
        pass
    with pytest.raises(JournalUnavailable):
        Journal(store).admin.prove_writable()


def test_the_journal_of_a_newer_release_is_refused(kept, store, folder, plan_write):
    kept.rows.begin(plan_write(), deadline_ms=0)
    store.close()
    with sqlite3.connect(folder / FILE_NAME) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()
    with pytest.raises(JournalUnavailable, match="newer release"):
        kept.rows.begin(plan_write(), deadline_ms=0)


def test_counts_that_differ_from_the_rows_are_corrected(kept, store, folder, plan_write):
    kept.rows.keep(plan_write(), row_id=None)
    store.commit(lambda db: db.execute("UPDATE totals SET rows = 7, bytes = 7"))
    store.close()
    status = Journal(Store(folder)).admin.status()
    assert (status.pending, status.in_flight, status.applied, status.dead_letters) == (1, 0, 0, 0)


def test_a_writable_journal_can_prove_that_it_is_writable(kept):
    kept.admin.prove_writable()
    assert kept.admin.status().pending == 0


def test_a_failing_change_rolls_back_the_complete_transaction(store, kept, plan_write):
    kept.rows.begin(plan_write(), deadline_ms=0)
    store.commit_later(lambda db: db.execute("DELETE FROM rows"))
    with pytest.raises(JournalUnavailable):
        store.commit(lambda db: db.execute("not sql"))
    assert kept.admin.status().in_flight == 1


def test_one_process_replays_at_a_time(store, folder):
    other = Store(folder)
    with store.replay_turn() as first, other.replay_turn() as second:
        assert (first, second) == (True, False)
    with other.replay_turn() as later:
        assert later


def test_a_forked_process_opens_the_file_anew(kept, store, plan_write, monkeypatch):
    kept.rows.keep(plan_write(), row_id=None)
    with store.reading() as before:
        pass
    parent, child = os.getpid(), os.getpid() + 1
    monkeypatch.setattr(os, "getpid", lambda: child)
    with store.reading() as after:
        assert after is not before
    kept.rows.keep(plan_write(), row_id=None)
    monkeypatch.setattr(os, "getpid", lambda: parent)
    before.close()


class LockedOut(sqlite3.Connection):
    """Fails `times` times as if another process were resetting the write-ahead log."""

    times = 0

    def execute(self, statement, *values):
        if statement == "PRAGMA schema_version" and LockedOut.times:
            LockedOut.times -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error
        return super().execute(statement, *values)


def test_a_reader_waits_while_another_process_resets_the_log(kept, store, monkeypatch):
    connect = partial(sqlite3.connect, factory=LockedOut)
    monkeypatch.setattr("redis_models.journal.store.sqlite3.connect", connect)
    monkeypatch.setattr(LockedOut, "times", 3)
    assert kept.admin.status().pending == 0
    assert LockedOut.times == 0
    monkeypatch.setattr(LockedOut, "times", 10**9)
    with budget(0.02), pytest.raises(JournalUnavailable):
        kept.admin.status()


class Opening(sqlite3.Connection):
    """Records how long (ms) each statement would wait for another process that writes."""

    waits_ms = {}

    def execute(self, statement, *values):
        Opening.waits_ms[statement.strip()[:13]] = super().execute("PRAGMA busy_timeout").fetchone()[0]
        return super().execute(statement, *values)


def test_a_file_is_opened_while_another_process_writes(kept, monkeypatch):
    monkeypatch.setattr("redis_models.journal.store.sqlite3.connect", partial(sqlite3.connect, factory=Opening))
    kept.admin.status()
    assert (Opening.waits_ms["UPDATE totals"], Opening.waits_ms["BEGIN"]) == (LOCK_TIMEOUT_S * 1000, 0)


def test_a_request_waits_for_a_busy_journal_no_longer_than_its_budget(kept, store):
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with store.reading():
            entered.set()
            leave.wait(PATIENCE_S)

    holder = threading.Thread(target=hold)
    holder.start()
    assert entered.wait(PATIENCE_S)
    with budget(0.05), pytest.raises(JournalUnavailable, match="busy"):
        kept.admin.status()
    leave.set()
    joined(holder)


def test_a_request_waits_for_another_process_that_writes(store, folder, monkeypatch):
    other = (
        sqlite3.connect(folder / FILE_NAME, isolation_level=None, check_same_thread=False)
        if store.commit(lambda _: True)
        else None
    )
    other.execute("BEGIN IMMEDIATE")
    with budget(0.05), pytest.raises(JournalUnavailable, match="disk and permissions"):
        store.commit(lambda _: None)
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 3:
            other.execute("COMMIT")

    clock = SimpleNamespace(monotonic=lambda: 0.0, sleep=pause)
    monkeypatch.setattr("redis_models.journal.file.transactions.time", clock)
    assert store.commit(lambda _: "done") == "done"
    assert len(pauses) == 3
    other.close()


def test_a_journal_on_a_full_disk_is_opened_with_the_space_of_the_reserve(kept, store, folder, monkeypatch):
    kept.admin.prove_writable()
    kept.reserve_space()
    store.close()
    opened = opening.opened

    def on_a_full_disk(*args, **options):
        if (folder / reserve.FILE_NAME).stat().st_size:
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(*args, **options)

    monkeypatch.setattr(opening, "opened", on_a_full_disk)
    assert kept.admin.status().pending == 0
    assert (folder / reserve.FILE_NAME).stat().st_size > 0


def test_a_folder_in_place_of_the_file_is_a_one_sentence_error(kept, folder):
    (folder / FILE_NAME).mkdir(parents=True)
    with pytest.raises(JournalUnavailable, match="cannot be used"):
        kept.admin.status()


def test_many_threads_lose_no_row(kept, plan_write):
    def work(number):
        for step in range(20):
            kept.rows.begin(plan_write(user_id=f"u{number}", at=step), deadline_ms=0)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    joined(*threads)
    assert kept.admin.status().in_flight == 160


def test_deleted_data_are_not_readable_in_the_files(kept, folder, plan_write):
    kept.rows.keep(plan_write(plan="canary-in-a-row"), row_id=None)
    assert any(b"canary-in-a-row" in file.read_bytes() for file in folder.iterdir())
    assert kept.erasure.forget("u1", until_ms=2_000_000_000_000)
    assert kept.erasure.wipe()
    assert not any(b"canary-in-a-row" in file.read_bytes() for file in folder.iterdir())


def test_the_settings_choose_the_place_of_the_journal(settings):
    on_disk = journal()
    assert journal() is on_disk
    settings.AIRA_JOURNAL = "memory"
    assert journal() is not on_disk
    assert not journal().admin.status().is_on_disk


def test_a_reader_may_end_its_transaction_itself(store):
    with store.reading() as db:
        db.execute("COMMIT")
    with store.reading() as db:
        assert db.in_transaction
