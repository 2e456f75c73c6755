import pytest

from redis_models.errors import JournalFull
from redis_models.journal import queue
from redis_models.journal.clock import now_ms
from redis_models.schema.snapshot import Part, Snapshot, StoredKey


def snapshot(taken_ms=1, name=""):
    return Snapshot((Part(name, taken_ms, (StoredKey("user:u1:stats", "hash", ("conversations", "1")),)),))


def ids(rows):
    return [row.id for row in rows]


def test_rows_in_flight_are_due_when_their_process_has_ended_or_their_deadline_has_passed(kept, store, plan_write, due):
    under_way, late, abandoned = (kept.rows.begin(plan_write(at=at), deadline_ms=now_ms() + 9999) for at in (1, 2, 3))
    assert due() == []
    store.commit(lambda db: db.execute("UPDATE rows SET deadline_ms = 1 WHERE id = ?", (late,)))
    store.commit(lambda db: db.execute("UPDATE rows SET owner = 'another-boot/1' WHERE id = ?", (abandoned,)))
    assert ids(due()) == [late, abandoned]
    assert under_way not in ids(due())


def test_an_abandoned_row_of_a_write_that_may_not_wait_is_dropped_and_never_due(kept, store, plan_write, due):
    kept.rows.begin(plan_write(deferrable=False), deadline_ms=1)
    in_flight = kept.rows.begin(plan_write(deferrable=False), deadline_ms=now_ms() + 9999)
    applied = kept.rows.begin(plan_write(deferrable=False), deadline_ms=1)
    kept.rows.note_applied(applied)
    assert ids(due()) == [applied]
    with store.reading() as db:
        assert db.execute("SELECT id FROM rows ORDER BY id").fetchall() == [(in_flight,), (applied,)]


def test_a_row_that_is_noted_as_applied_after_it_was_read_is_not_dropped_as_abandoned(kept, plan_write, due):
    row_id = kept.rows.begin(plan_write(deferrable=False), deadline_ms=1)
    kept.rows.applied(row_id)  # is part of the next transaction, which is the drain's: after it has read the row
    assert due() == []
    assert ids(due()) == [row_id]


def test_rows_are_due_only_for_the_database_they_were_written_for(kept, plan_write, due):
    anywhere = kept.rows.keep(plan_write(), row_id=None)
    kept.rows.database = "one"
    here = kept.rows.keep(plan_write(), row_id=None)
    kept.rows.database = "two"
    kept.rows.keep(plan_write(), row_id=None)
    assert ids(due("one")) == [anywhere, here]
    kept.admin.note("database_reached", "one")
    assert kept.admin.elsewhere() == 1


def test_rows_applied_by_a_server_are_not_due_for_it_again(kept, plan_write, due):
    row_id = kept.rows.keep(plan_write(), row_id=None)
    kept.queue.settle([], {row_id: "server 1"}, {"u1": snapshot()})
    assert due(known_on=["server 1"]) == []
    assert ids(due(known_on=["server 2"])) == [row_id]
    assert kept.admin.status().applied == 1
    assert kept.snapshots.get("u1", [""]) == snapshot()


def test_a_row_that_is_pending_again_is_due_for_the_server_that_applied_it(kept, plan_write, due):
    row_id = kept.rows.keep(plan_write(), row_id=None)
    kept.queue.settle([], {row_id: "server 1"}, {})
    kept.mark.adopt("a.1")
    assert ids(due("a", known_on=["server 1"])) == [row_id]


def test_a_dead_letter_that_is_retried_is_due_for_the_server_that_applied_it(kept, plan_write, due):
    row_id = kept.rows.keep(plan_write(), row_id=None)
    kept.queue.settle([], {row_id: "server 1"}, {})
    kept.queue.add_dead_letters({row_id: "conflict email"})
    assert kept.admin.retry([]) == 1
    assert ids(due(known_on=["server 1"])) == [row_id]


def test_batches_are_bounded_by_count_and_bytes(kept, plan_write, monkeypatch):
    row_ids = [kept.rows.keep(plan_write(), row_id=None) for _ in range(4)]
    first = kept.queue.due("", after=0, most=2)
    assert (ids(first.rows), first.last_id) == (row_ids[:2], row_ids[1])
    monkeypatch.setattr(queue, "BYTES_AT_ONCE", 1)
    assert ids(kept.queue.due("", after=first.last_id, most=2).rows) == [row_ids[2]]
    assert kept.queue.due("", after=row_ids[3], most=2) is None


def test_proven_rows_leave_in_the_transaction_that_keeps_the_newer_snapshot(kept, plan_write, due):
    row_id = kept.rows.keep(plan_write(), row_id=None)
    kept.queue.settle([row_id], {}, {"u1": snapshot()})
    assert due() == []
    assert kept.snapshots.get("u1", [""]) == snapshot()
    assert kept.admin.status().last_replay_ms > 0
    assert not kept.queue.is_needed()


def test_rows_stay_if_the_snapshot_cannot_be_kept(kept, plan_write, due):
    row_id = kept.rows.keep(plan_write(), row_id=None)
    with pytest.raises(AttributeError):
        kept.queue.settle([row_id], {}, {"u1": object()})
    assert ids(due()) == [row_id]
    assert kept.queue.is_needed()


@pytest.mark.parametrize("column", ["owner", "reason", "user_id", "applied_on"])
def test_a_damaged_text_does_not_stop_the_drain_of_other_rows(kept, store, plan_write, due, column):
    damaged, sound = (kept.rows.keep(plan_write(user_id=f"u{number}"), row_id=None) for number in (1, 2))
    store.commit(lambda db: db.execute(f"UPDATE rows SET {column} = CAST(x'FF' AS TEXT) WHERE id = ?", (damaged,)))
    assert sound in [row.id for row in due()]
    status = kept.admin.status()
    assert status.pending + status.dead_letters == 2


def test_damaged_and_old_rows_become_dead_letters_and_the_others_are_returned(kept, store, plan_write, due):
    damaged, old, sound = (kept.rows.keep(plan_write(at=at), row_id=None) for at in (1, 2, 3))
    store.commit(lambda db: db.execute("UPDATE rows SET body = x'00' WHERE id = ?", (damaged,)))
    eight_days = 8 * 24 * 60 * 60 * 1000
    store.commit(lambda db: db.execute("UPDATE rows SET appended_ms = appended_ms - ? WHERE id = ?", (eight_days, old)))
    assert ids(due()) == [sound]
    assert ids(due()) == [sound]
    assert kept.admin.status().dead_letters == 2
    assert [(row.id, row.reason) for row in kept.admin.dead_letters()] == [(old, "older than 7 days")]


@pytest.mark.parametrize(("bound", "value"), [("MAX_UNFENCED", 2), ("MAX_UNFENCED_BYTES", 1)])
def test_above_the_limit_the_oldest_applied_rows_are_dropped_and_counted(
    kept, plan_write, due, monkeypatch, bound, value
):
    row_ids = [kept.rows.begin(plan_write(), deadline_ms=0) for _ in range(4)]
    waiting = kept.rows.keep(plan_write(), row_id=None)
    for row_id in row_ids:
        kept.rows.applied(row_id)
    kept.flush()
    kept.queue.settle([], {row_ids[2]: "server 1"}, {})
    assert kept.queue.trim() == 0
    monkeypatch.setattr(queue, bound, value)
    dropped = kept.queue.trim()
    assert dropped == kept.admin.status().unfenced_dropped == (2 if bound == "MAX_UNFENCED" else 4)
    assert ids(due()) == ([row_ids[1], row_ids[3], waiting] if bound == "MAX_UNFENCED" else [waiting])


def test_a_row_that_cannot_leave_a_full_disk_even_alone_is_an_error(kept, store, plan_write, monkeypatch):
    def refuse(_):
        raise JournalFull("The disk is full.")

    row_id = kept.rows.begin(plan_write(), deadline_ms=now_ms() + 9999)
    monkeypatch.setattr(store, "remove", refuse)
    with pytest.raises(JournalFull):
        kept.queue.settle([row_id], {}, {})
