"""A fold is used only while it agrees with the user's rows and snapshots."""

from dataclasses import replace

import pytest

from redis_models.journal import State
from redis_models.journal.folds import Fold
from redis_models.journal.store import FILE_NAME, Store
from redis_models.schema.snapshot import Part, Snapshot
from tests.redis_models import journal_file

PLAN = (b"user:u1:profile", "hash", [b"plan", b"plus"])


def fold_of(kept, *, after=0, parts=None, pending=None, user_id="u1"):
    tail = kept.folds.start(user_id, [""]).tail
    rows = dict(tail.rows)
    parts = {"": [PLAN]} if parts is None else parts
    return Fold(user_id, after, len(rows) if pending is None else pending, rows, dict(tail.taken_ms), parts)


def last_row(kept):
    return kept.folds.start("u1", [""]).tail.last_row


@pytest.fixture
def row(kept, plan_write):
    """Return the id of a pending row."""
    return kept.rows.keep(plan_write(), row_id=None)


@pytest.fixture
def folded(kept, row):
    """Fold the row; return its id."""
    kept.folds.keep([fold_of(kept)])
    return row


def test_a_shadow_starts_from_the_fold_and_the_rows_after_it(kept, folded, plan_write):
    later = kept.rows.keep(plan_write(), row_id=None)
    start = kept.folds.start("u1", [""])
    assert (start.tail.last_row, start.tail.pending) == (folded, 1)
    assert dict(start.tail.rows) == {later: State.PENDING}
    assert [each.id for each in start.rows] == [later]
    assert dict(start.folded) == {"": [PLAN]}
    assert kept.folds.pending("u1") == 2


def test_folds_of_other_users_are_not_used(kept, folded):
    assert kept.folds.start("u2", [""]).tail.last_row == 0
    assert kept.folds.pending("u2") == 0


def test_a_part_that_later_rows_wrote_to_is_loaded_too(kept, row, plan_write):
    c1 = (b"user:u1:conversation:c1", "hash", [b"id", b"c1"])
    kept.folds.keep([fold_of(kept, parts={"": [PLAN], "c1": [c1]})])
    assert set(kept.folds.start("u1", [""]).folded) == {""}
    write = plan_write()
    kept.rows.keep(
        type(write)("u1", write.script, (*write.keys, "user:u1:conversation:c1"), write.args, write.at), row_id=None
    )
    assert set(kept.folds.start("u1", [""]).folded) == {"", "c1"}


def test_the_news_of_a_shadow_are_new_rows_the_parts_they_touch_and_what_is_stored_of_these(kept, folded, plan_write):
    kept.snapshots.keep({"u1": Snapshot((Part("c1", 1, ()),))}, since=0)
    kept.folds.keep([replace(fold_of(kept), taken_ms={})])
    known = kept.rows.keep(plan_write(), row_id=None)
    later = kept.rows.keep(plan_write(), row_id=None)
    news = kept.folds.news("u1", ["c1", "c2"], known=[known], agrees=lambda tail: tail.last_row == folded)
    assert [row.id for row in news.rows] == [later]
    assert (news.parts, news.stored) == ({"", "c1", "c2"}, {"", "c1"})


def test_there_are_no_news_for_a_shadow_that_does_not_agree(kept, folded):
    assert kept.folds.news("u1", [""], known=[], agrees=lambda tail: tail.last_row != folded) is None


CHANGES = {
    "the row left": lambda kept, row: kept.queue.settle([row], {}, {}),
    "the row was applied": lambda kept, row: kept.queue.settle([], {row: ""}, {}),
    "the row became a dead letter": lambda kept, row: kept.queue.add_dead_letters({row: "x"}),
    "a snapshot came": lambda kept, _: kept.snapshots.keep({"u1": Snapshot((Part("", 5, ()),))}, since=0),
    "the user was erased": lambda kept, _: kept.erasure.forget("u1", until_ms=2**50),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_fold_is_removed_by_any_change_of_its_rows_and_snapshots(kept, folded, store, change):
    change(kept, folded)
    assert last_row(kept) == 0
    with store.reading() as db:
        assert db.execute("SELECT COUNT(*) FROM folds").fetchone() == (0,)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_fold_made_before_such_a_change_is_not_stored(kept, row, change):
    made = fold_of(kept)
    change(kept, row)
    kept.folds.keep([made])
    assert last_row(kept) == 0


def test_a_fold_is_removed_when_its_snapshot_changes_or_is_removed(kept, row):
    for change in (
        lambda: kept.snapshots.keep({"u1": Snapshot((Part("", 6, ()),))}, since=0),
        lambda: kept.queue.settle([], {}, {}, {"u1": [""]}),
    ):
        kept.snapshots.keep({"u1": Snapshot((Part("", 5, ()),))}, since=0)
        kept.folds.keep([fold_of(kept)])
        assert last_row(kept) == row
        change()
        assert last_row(kept) == 0


def test_a_dead_letter_that_is_tried_again_is_in_no_fold(kept, row, plan_write):
    kept.queue.add_dead_letters({row: "x"})
    later = kept.rows.keep(plan_write(), row_id=None)
    kept.folds.keep([fold_of(kept)])
    assert last_row(kept) == later
    kept.admin.retry([row])
    assert last_row(kept) == 0


def test_a_row_in_flight_is_not_folded_as_pending(kept, plan_write):
    row = kept.rows.begin(plan_write(), deadline_ms=0)
    made = fold_of(kept)
    kept.rows.keep(plan_write(), row_id=row)
    kept.folds.keep([made])
    assert last_row(kept) == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda kept, row, write: kept.rows.keep(write, row_id=row),
        lambda kept, row, write: kept.rows.drop_durably(row),
    ],
    ids=["it is kept", "it leaves"],
)
def test_a_row_after_the_fold_may_change_without_it(kept, folded, plan_write, change):
    change(kept, kept.rows.begin(write := plan_write(), deadline_ms=0), write)
    assert last_row(kept) == folded


def test_rows_that_came_while_the_fold_was_made_stay_after_it(kept, row, plan_write):
    made = fold_of(kept)
    later = kept.rows.keep(plan_write(), row_id=None)
    kept.folds.keep([made])
    assert dict(kept.folds.start("u1", [""]).tail.rows) == {later: State.PENDING}


def test_of_two_folds_made_from_one_the_first_stays(kept, folded, plan_write):
    later = kept.rows.keep(plan_write(), row_id=None)
    both = [fold_of(kept, after=folded, pending=2), fold_of(kept, after=folded, parts={"": []})]
    kept.folds.keep(both)
    assert last_row(kept) == later
    assert dict(kept.folds.start("u1", [""]).folded) == {"": [PLAN]}
    assert kept.folds.pending("u1") == 2


@pytest.mark.parametrize("damage", ["body = x'90'", "last_row = last_row - 1", "pending = 7"])
def test_a_damaged_fold_is_removed_and_all_rows_are_applied(kept, folded, store, damage):
    store.commit(lambda db: db.execute(f"UPDATE folds SET {damage}"))
    start = kept.folds.start("u1", [""])
    assert (dict(start.folded), [row.id for row in start.rows]) == ({}, [folded])
    assert last_row(kept) == 0


def test_a_file_from_before_folds_gets_their_table_and_keeps_its_version(kept, folder, row, plan_write):
    kept.close()
    with journal_file.opened(folder) as db:
        version = db.execute("PRAGMA user_version").fetchone()
        triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%folds%'").fetchall()
        for (name,) in triggers:
            db.execute(f"DROP TRIGGER {name}")
        db.execute("DROP TABLE folds")
    kept.folds.keep([fold_of(kept)])
    assert last_row(kept) == row
    with journal_file.opened(folder) as db:
        assert db.execute("PRAGMA user_version").fetchone() == version


def test_a_program_that_knows_no_folds_removes_them_by_its_changes(kept, folded, folder):
    with journal_file.opened(folder) as db, db:
        db.execute("UPDATE rows SET state = 'applied'")
    assert last_row(kept) == 0


def test_no_words_of_an_erased_user_stay_in_the_file(kept, row, folder):
    word = b"words that only the fold has"
    kept.folds.keep([fold_of(kept, parts={"": [(b"user:u1:profile", "hash", [b"name", word])]})])
    assert word in _bytes(folder)
    kept.erasure.forget("u1", until_ms=2**50)
    assert kept.erasure.wipe()
    assert word not in _bytes(folder)


def _bytes(folder):
    return b"".join(path.read_bytes() for path in folder.glob(f"{FILE_NAME}*"))


def test_another_process_uses_the_fold(kept, folded, folder):
    other = Store(folder)
    with other.reading() as db:
        assert db.execute("SELECT last_row FROM folds").fetchall() == [(folded,)]
    other.close()
