from redis_models.journal import snapshots
from redis_models.schema.snapshot import Part, Snapshot, StoredKey


def part(name="", taken_ms=1, text="1"):
    return Part(name, taken_ms, (StoredKey("user:u1:stats", "hash", ("conversations", text)),))


def keep(kept, *parts, user_id="u1"):
    kept.snapshots.keep({user_id: Snapshot(parts)}, since=0)


def test_parts_are_kept_and_returned_one_by_one(kept):
    keep(kept, part(), part("c1", taken_ms=5))
    assert kept.snapshots.get("u1", [""]) == Snapshot((part(),))
    assert kept.snapshots.get("u1", ["", "c1", "c2"]) == Snapshot((part(), part("c1", taken_ms=5)))
    assert kept.snapshots.get("u2", [""]) is None
    assert dict(kept.snapshots.view("u1").taken_ms) == {"": 1, "c1": 5}


def test_a_conversation_without_the_users_own_part_is_not_used(kept):
    keep(kept, part("c1"))
    assert kept.snapshots.get("u1", ["", "c1"]) is None


def test_an_older_snapshot_does_not_replace_a_newer_one(kept):
    keep(kept, part(taken_ms=5, text="new"))
    keep(kept, part(taken_ms=4, text="old"))
    assert kept.snapshots.get("u1", [""]).parts[0].stored[0].elements == ("conversations", "new")


def test_if_there_are_too_many_parts_the_oldest_are_dropped(kept, monkeypatch):
    monkeypatch.setattr(snapshots, "PARTS_AT_MOST", 2)
    for number in range(4):
        keep(kept, part(taken_ms=number), user_id=f"u{number}")
    assert [kept.snapshots.get(f"u{n}", [""]) is not None for n in range(4)] == [False, False, True, True]


def test_a_part_that_is_too_large_removes_the_older_one(kept, monkeypatch):
    keep(kept, part("c1"), part())
    monkeypatch.setattr(snapshots, "PART_MAX_BYTES", 10)
    keep(kept, part("c1", taken_ms=2))
    assert dict(kept.snapshots.view("u1").taken_ms) == {"": 1}


def test_a_damaged_snapshot_is_not_used(kept, store):
    keep(kept, part())
    store.commit(lambda db: db.execute("UPDATE snapshots SET body = CAST(replace(body, '\"1\"', '\"7\"') AS BLOB)"))
    assert kept.snapshots.get("u1", [""]) is None


def test_a_view_has_all_rows_that_the_snapshot_may_not_contain(kept, plan_write):
    pending = kept.rows.keep(plan_write(), row_id=None)
    in_flight = kept.rows.begin(plan_write(), deadline_ms=0)
    applied = kept.rows.begin(plan_write(), deadline_ms=0)
    kept.rows.applied(applied)
    kept.flush()
    assert kept.snapshots.view("u1").shown == (pending, in_flight, applied)
