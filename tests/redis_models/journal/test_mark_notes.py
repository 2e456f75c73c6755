from redis_models.journal import State
from redis_models.schema.mark import Noted

LONG_AGO_MS = 1


def test_what_was_noted_and_proven_is_there_later(kept):
    assert kept.mark.noted() == Noted()
    kept.mark.note("a.1")
    assert kept.mark.noted() == Noted("", "a.1", "", "a")
    kept.mark.prove("a.1", is_copied=True)
    assert kept.mark.noted() == kept.mark.last == Noted("a", "a.1", "a", "a")


def test_a_mark_that_changed_before_its_proof_is_not_proven(kept):
    kept.mark.note("b.1")
    kept.mark.prove("a.1", is_copied=False)
    assert kept.mark.noted().proven_id == ""


def test_an_adoption_names_the_rows_that_come_back(kept, store, plan_write):
    assert kept.mark.waiting("new").rows == 0
    kept.rows.database = "old"
    kept.rows.keep(plan_write(), row_id=None)
    damaged = kept.rows.keep(plan_write(), row_id=None)
    store.commit(lambda db: db.execute("UPDATE rows SET body = x'00' WHERE id = ?", (damaged,)))
    dead = kept.rows.keep(plan_write("u2"), row_id=None)
    kept.queue.add_dead_letters({dead: "for a test"})
    found = kept.mark.waiting("new")
    assert (found.rows, found.users, found.for_another) == (2, 1, 2)
    assert found.scripts == {"accounts.plan.1": 1, "damaged": 1}
    assert 0 < found.oldest_ms <= found.newest_ms
    assert kept.mark.waiting("old").for_another == 0


def test_adopted_rows_are_for_the_database_that_is_proven_next(kept, store, plan_write, due):
    kept.rows.database = "old"
    kept.mark.note("old.1")
    kept.mark.prove("old.1", is_copied=False)
    row_id = kept.rows.keep(plan_write(), row_id=None)
    damaged = kept.rows.keep(plan_write(), row_id=None)
    store.commit(lambda db: db.execute("UPDATE rows SET body = x'00' WHERE id = ?", (damaged,)))
    kept.queue.settle([], {row_id: "the old server"}, {})
    kept.mark.adopt("new.1")
    (row,) = due("new", known_on=["the old server"])
    assert (row.id, row.state) == (row_id, State.PENDING)
    assert kept.mark.noted() == Noted("", "new.1", "", "new")


def test_rows_that_are_dropped_take_all_snapshots_with_them(kept, store, plan_write, due):
    store.commit(lambda db: db.execute("INSERT INTO snapshots VALUES ('u1', '', 1, x'00', x'00')"))
    first, later = (kept.rows.keep(plan_write(), row_id=None) for _ in range(2))
    kept.mark.adopt("old.1")
    with store.reading() as db:
        assert db.execute("SELECT COUNT(*) FROM snapshots").fetchone() == (1,)
    kept.mark.adopt("new.1", drop=[first])
    assert [row.id for row in due("new")] == [later]
    with store.reading() as db:
        assert db.execute("SELECT COUNT(*) FROM snapshots").fetchone() == (0,)


def test_a_row_that_a_request_is_working_on_is_not_offered(kept, plan_write):
    kept.rows.begin(plan_write(), deadline_ms=2**62)
    abandoned = kept.rows.begin(plan_write(), deadline_ms=LONG_AGO_MS)
    pending = kept.rows.keep(plan_write(), row_id=None)
    assert [row.id for row in kept.mark.undamaged()] == [abandoned, pending]


def test_many_rows_are_changed_in_batches_so_that_requests_get_their_turn(kept, store, plan_write, monkeypatch):
    monkeypatch.setattr("redis_models.journal.mark_notes.ROWS_AT_ONCE", 2)
    kept.rows.database = "old"
    ids = [kept.rows.keep(plan_write(), row_id=None) for _ in range(5)]
    kept.queue.settle([], dict.fromkeys(ids, ""), {})
    commits = []
    commit = store.commit
    monkeypatch.setattr(store, "commit", lambda change: commits.append(change) or commit(change))
    kept.mark.adopt("new.1")
    assert len(commits) == 2 * 4 + 1
    assert [row.state for row in kept.mark.undamaged()] == [State.PENDING] * 5
    assert kept.mark.waiting("new").for_another == 0
    kept.queue.settle([], dict.fromkeys(ids, ""), {})
    kept.mark.note("new.2")
    assert kept.admin.status().pending == 5
