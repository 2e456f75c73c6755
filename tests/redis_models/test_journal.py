import os
import sqlite3
import stat
import threading

import pytest

from redis_models.errors import Conflict, JournalUnavailable
from redis_models.journal import Journal, journal
from redis_models.journal.rows import SNAPSHOTS_AT_MOST
from redis_models.journal.store import SCHEMA_VERSION, Store
from redis_models.snapshot import Snapshot, StoredKey


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def kept(folder):
    """A journal on disk."""
    made = Journal(Store(folder))
    yield made
    made.close()


def snapshot(taken_ms=1):
    return Snapshot(taken_ms=taken_ms, stored=(StoredKey("user:u1:stats", "hash", ("conversations", "1")),))


def test_a_write_is_kept_as_acknowledged_and_given_back_in_order(kept, plan_write):
    kept.append(plan_write(plan="plus"))
    kept.append(plan_write(plan="premium"))
    kept.append(plan_write(user_id="u2"))
    rows = kept.waiting("u1")
    assert [row.write.args for row in rows] == [("plus",), ("premium",)]
    assert all(row.write.acknowledged for row in rows)
    assert kept.users_waiting() == ["u1", "u2"]


def test_a_write_survives_the_process(kept, folder, plan_write):
    kept.append(plan_write())
    kept.close()
    other = Journal(Store(folder))
    assert len(other.waiting("u1")) == 1
    other.close()


def test_the_file_is_private_and_durable(kept, folder, plan_write):
    kept.append(plan_write())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "journal.sqlite3").stat().st_mode) == 0o600
    with kept._store.reading() as db:
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_applied_rows_leave_together_with_the_newer_snapshot(kept, plan_write):
    kept.append(plan_write())
    kept.settle(kept.waiting("u1"), {"u1": snapshot()})
    assert kept.waiting("u1") == []
    assert kept.snapshot("u1") == snapshot()
    assert kept.snapshot("u2") is None
    assert kept.status().last_replay_ms > 0


def test_rows_stay_where_the_snapshot_cannot_be_kept(kept, plan_write):
    kept.append(plan_write())
    with pytest.raises(TypeError):
        kept.settle(kept.waiting("u1"), {"u1": object()})
    assert len(kept.waiting("u1")) == 1


def test_the_oldest_snapshots_go_where_there_are_too_many(kept, monkeypatch):
    monkeypatch.setattr("redis_models.journal.rows.SNAPSHOTS_AT_MOST", 2)
    kept.settle([], {f"u{n}": snapshot(taken_ms=n) for n in range(4)})
    assert [kept.snapshot(f"u{n}") is not None for n in range(4)] == [False, False, True, True]
    assert SNAPSHOTS_AT_MOST > 1000


def test_a_claim_is_one_users_among_the_waiting(kept, plan_write):
    kept.append(plan_write(claim="a@example.com"))
    kept.append(plan_write(claim="a@example.com"))
    with pytest.raises(Conflict):
        kept.append(plan_write(user_id="u2", claim="a@example.com"))
    with pytest.raises(Conflict):
        kept.append(plan_write(claim="b@example.com"))
    kept.append(plan_write(user_id="u2", claim="b@example.com"))
    assert kept.claimant("a@example.com") == "u1"
    assert kept.claimant("c@example.com") is None
    assert len(kept.waiting("u1")) == 2


def test_a_row_set_aside_is_seen_and_not_replayed(kept, plan_write):
    kept.append(plan_write())
    kept.set_aside(kept.waiting("u1")[0], "conflict email")
    assert kept.waiting("u1") == []
    assert kept.users_waiting() == []
    (row,) = kept.rows_set_aside()
    assert (row.set_aside, row.write.user_id) == ("conflict email", "u1")
    assert kept.status().set_aside == 1


def test_a_damaged_row_is_set_aside_and_the_others_are_given(kept, folder, plan_write):
    kept.append(plan_write(plan="plus"))
    kept.append(plan_write(plan="premium"))
    with kept._store.transaction() as db:
        db.execute("UPDATE rows SET body = CAST(replace(body, 'plus', 'plug') AS BLOB) WHERE id = 1")
    assert [row.write.args for row in kept.waiting("u1")] == [("premium",)]
    assert kept.status().set_aside == 1
    assert kept.rows_set_aside() == []


def test_nothing_is_left_of_a_forgotten_user(kept, plan_write):
    kept.append(plan_write())
    kept.settle([], {"u1": snapshot()})
    kept.forget("u1")
    assert kept.waiting("u1") == []
    assert kept.snapshot("u1") is None


def test_the_status_tells_counts_age_and_mode(kept, plan_write):
    empty = kept.status()
    assert (empty.pending, empty.oldest_age_s, empty.last_replay_ms) == (0, 0, 0)
    kept.append(plan_write())
    with kept._store.transaction() as db:
        db.execute("UPDATE rows SET appended_ms = appended_ms - 5000")
    status = kept.status()
    assert (status.mode, status.is_durable, status.pending) == ("on_failure", True, 1)
    assert 5 <= status.oldest_age_s <= 6


def test_in_memory_it_keeps_rows_and_says_that_it_is_not_durable(plan_write):
    kept = Journal(Store(None))
    kept.append(plan_write())
    assert kept.status().mode == "memory"
    assert not kept.status().is_durable
    with kept.replay_turn() as is_ours:
        assert is_ours
    with pytest.raises(JournalUnavailable), kept._store.transaction() as db:
        db.execute("not sql")
    assert len(kept.waiting("u1")) == 1


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path, plan_write):
    file = tmp_path / "a file"
    file.touch()
    kept = Journal(Store(file / "data"))
    with pytest.raises(JournalUnavailable, match="disk and permissions"):
        kept.append(plan_write())
    with pytest.raises(JournalUnavailable, match="cannot be written"), kept.replay_turn():
        pass
    with pytest.raises(JournalUnavailable):
        kept.prove_writable()


def test_a_file_that_is_no_database_is_one_sentence(folder, plan_write):
    folder.mkdir()
    (folder / "journal.sqlite3").write_bytes(b"garbage" * 1000)
    with pytest.raises(JournalUnavailable):
        Journal(Store(folder)).append(plan_write())


def test_the_journal_of_a_newer_release_is_refused(kept, folder, plan_write):
    kept.append(plan_write())
    kept.close()
    with sqlite3.connect(folder / "journal.sqlite3") as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    with pytest.raises(JournalUnavailable, match="newer release"):
        kept.append(plan_write())


def test_a_writable_journal_proves_it_and_keeps_nothing(kept):
    kept.prove_writable()
    assert kept.status().pending == 0


def test_one_process_replays_at_a_time(kept, folder):
    other = Journal(Store(folder))
    kept.prove_writable()
    with kept.replay_turn() as first, other.replay_turn() as second:
        assert (first, second) == (True, False)
    with other.replay_turn() as later:
        assert later


def test_a_forked_process_opens_the_file_anew(kept, plan_write):
    kept.append(plan_write())
    before = kept._store._connection
    kept._store._pid = os.getpid() + 1
    assert len(kept.waiting("u1")) == 1
    assert kept._store._connection is not before
    before.close()


def test_a_busy_journal_is_waited_for_no_longer_than_the_budget(kept):
    from redis_models.budget import budget

    entered, leave = threading.Event(), threading.Event()

    def hold():
        with kept._store.transaction():
            entered.set()
            leave.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait(5)
    with budget(0.05), pytest.raises(JournalUnavailable, match="busy"):
        kept.status()
    leave.set()
    holder.join()


def test_many_threads_lose_no_row(kept, plan_write):
    def work(number):
        for step in range(20):
            kept.append(plan_write(user_id=f"u{number}", at=step))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept.status().pending == 160


def test_the_settings_choose_where_it_is(settings):
    on_disk = journal()
    assert journal() is on_disk
    settings.AIRA_JOURNAL = "memory"
    assert journal() is not on_disk
    assert journal().status().mode == "memory"
