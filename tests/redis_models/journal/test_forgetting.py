from redis_models.schema.snapshot import Part, Snapshot

ERASED_MS = 5


def test_no_data_from_before_the_erasure_are_left(kept, plan_write, due):
    kept.rows.keep(plan_write(at=ERASED_MS), row_id=None)
    kept.snapshots.keep({"u1": Snapshot((Part("", ERASED_MS + 2, ()),))})
    assert kept.erasure.users() == {"u1"}
    assert kept.erasure.forget("u1", until_ms=ERASED_MS)
    assert kept.erasure.users() == set()
    assert due() == []
    assert not kept.erasure.forget("u1", until_ms=ERASED_MS)


def test_later_rows_of_the_user_and_data_of_other_users_stay(kept, plan_write, due):
    later = kept.rows.keep(plan_write(at=ERASED_MS + 1), row_id=None)
    other = kept.rows.keep(plan_write(user_id="u2", at=1), row_id=None)
    kept.snapshots.keep({"u2": Snapshot((Part("", 1, ()),))})
    assert not kept.erasure.forget("u1", until_ms=ERASED_MS)
    assert [row.id for row in due()] == [later, other]
    assert kept.snapshots.get("u2", [""]) is not None


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
