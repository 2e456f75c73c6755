import pytest

from redis_models.schema.snapshot import Part, Snapshot

ERASED_MS = 5


def test_no_data_from_before_the_erasure_are_left(kept, plan_write, due):
    kept.rows.keep(plan_write(at=ERASED_MS), row_id=None)
    kept.snapshots.keep({"u1": Snapshot((Part("", ERASED_MS + 2, ()),))}, since=0)
    assert kept.erasure.users() == {"u1"}
    assert kept.erasure.forget("u1", until_ms=ERASED_MS)
    assert kept.erasure.users() == set()
    assert due() == []
    assert not kept.erasure.forget("u1", until_ms=ERASED_MS)


def test_later_rows_of_the_user_and_data_of_other_users_stay(kept, plan_write, due):
    later = kept.rows.keep(plan_write(at=ERASED_MS + 1), row_id=None)
    other = kept.rows.keep(plan_write(user_id="u2", at=1), row_id=None)
    kept.snapshots.keep({"u2": Snapshot((Part("", 1, ()),))}, since=0)
    assert not kept.erasure.forget("u1", until_ms=ERASED_MS)
    assert [row.id for row in due()] == [later, other]
    assert kept.snapshots.get("u2", [""]) is not None


@pytest.mark.parametrize("outdate", ["forget", "outdate_snapshots"])
def test_a_snapshot_that_was_read_before_somebody_was_forgotten_is_not_kept(kept, plan_write, due, outdate):
    row_id, since = kept.rows.keep(plan_write(), row_id=None), kept.snapshots.forgotten()
    read = {"u1": Snapshot((Part("", ERASED_MS, ()),))}
    if outdate == "forget":
        kept.erasure.forget("nobody whom this host knows", until_ms=ERASED_MS)
    else:
        kept.erasure.outdate_snapshots()
    assert not kept.snapshots.keep(read, since=since)
    assert not kept.queue.settle([row_id], {}, read, since=since)
    assert kept.snapshots.get("u1", [""]) is None
    assert [row.id for row in due()] == [row_id]
    assert kept.queue.settle([row_id], {}, read, since=kept.snapshots.forgotten())
    assert kept.snapshots.get("u1", [""]) is not None


def test_rows_without_snapshots_are_settled_whoever_was_forgotten(kept, plan_write, due):
    row_id = kept.rows.keep(plan_write(), row_id=None)
    kept.erasure.outdate_snapshots()
    assert kept.queue.settle([row_id], {}, {})
    assert due() == []


def test_a_damaged_row_is_removed(kept, store, plan_write):
    kept.rows.keep(plan_write(at=ERASED_MS + 1), row_id=None)
    store.commit(lambda db: db.execute("UPDATE rows SET body = x'00'"))
    assert kept.erasure.forget("u1", until_ms=ERASED_MS)


def test_a_log_that_is_being_read_is_not_wiped(kept, store, plan_write):
    kept.rows.keep(plan_write(at=ERASED_MS), row_id=None)
    with store.reading() as db:
        db.execute("SELECT * FROM rows").fetchall()
        kept.erasure.forget("u1", until_ms=ERASED_MS)
        assert not kept.erasure.wipe()
    assert kept.erasure.wipe()
