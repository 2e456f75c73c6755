import pytest

from redis_models.errors import ClaimApplied, ClaimInFlight, Conflict, JournalUnavailable
from redis_models.journal import Journal, State, rows
from redis_models.journal.claims import ACCEPTED, WAITING
from redis_models.journal.store import Store
from tests.redis_models import journal_file


def test_a_write_is_in_flight_until_its_request_records_the_outcome(kept, plan_write, due):
    taken, refused, waiting = (kept.rows.begin(plan_write(at=at), deadline_ms=0) for at in (1, 2, 3))
    kept.rows.applied(taken)
    kept.rows.drop(refused)
    assert kept.rows.keep(plan_write(at=3), row_id=waiting) == waiting
    assert [(row.id, row.state) for row in due()] == [(taken, State.APPLIED), (waiting, State.PENDING)]
    status = kept.admin.status()
    assert (status.in_flight, status.applied, status.pending) == (0, 1, 1)


def test_pending_rows_are_acknowledged_and_rows_in_flight_are_not(kept, plan_write, due):
    kept.rows.begin(plan_write(), deadline_ms=0)
    kept.rows.keep(plan_write(), row_id=None)
    assert [row.write.acknowledged for row in due()] == [False, True]


def test_marking_a_pending_row_as_applied_has_no_effect(kept, plan_write):
    row_id = kept.rows.keep(plan_write(), row_id=None)
    kept.rows.applied(row_id)
    kept.flush()
    assert kept.rows.pending_ids("u1") == [row_id]


def test_rows_are_returned_in_order_and_only_those_of_the_user(kept, plan_write):
    ids = [kept.rows.keep(plan_write(plan=plan), row_id=None) for plan in ("plus", "premium")]
    kept.rows.keep(plan_write(user_id="u2"), row_id=None)
    assert kept.rows.pending_ids("u1") == ids
    assert [row.write.args for row in kept.rows.by_id(ids)] == [("plus",), ("premium",)]


def test_a_write_survives_the_process(kept, store, folder, plan_write):
    row_id = kept.rows.keep(plan_write(), row_id=None)
    store.close()
    other = Journal(Store(folder))
    assert other.rows.pending_ids("u1") == [row_id]


def test_a_pending_claim_belongs_to_one_user(kept, plan_write):
    for _ in range(2):
        kept.rows.keep(plan_write(claim="a@example.com"), row_id=None)
    with pytest.raises(Conflict):
        kept.rows.keep(plan_write(user_id="u2", claim="a@example.com"), row_id=None)
    with pytest.raises(Conflict):
        kept.rows.keep(plan_write(claim="b@example.com"), row_id=None)
    kept.rows.keep(plan_write(user_id="u2", claim="b@example.com"), row_id=None)
    assert kept.rows.claimant("a@example.com") == "u1"
    assert kept.rows.claimant("c@example.com") is None
    assert len(kept.rows.pending_ids("u1")) == 2


def test_while_a_claim_is_in_flight_other_users_must_try_again(kept, plan_write):
    row_id = kept.rows.begin(plan_write(claim="a@example.com"), deadline_ms=0)
    kept.rows.begin(plan_write(claim="a@example.com"), deadline_ms=0)
    other = plan_write(user_id="u2", claim="a@example.com")
    for ask in (
        lambda: kept.rows.begin(other, deadline_ms=0),
        lambda: kept.rows.keep(other, row_id=None),
        lambda: kept.rows.check_claim(other, held_by=WAITING),
        lambda: kept.rows.begin(plan_write(claim="b@example.com"), deadline_ms=0),
    ):
        with pytest.raises(ClaimInFlight, match="try again"):
            ask()
    assert kept.rows.claimant("a@example.com") is None
    kept.rows.keep(plan_write(claim="a@example.com"), row_id=row_id)
    with pytest.raises(Conflict):
        kept.rows.begin(other, deadline_ms=0)
    assert kept.admin.status().pending == 1


def test_claims_of_applied_rows_are_decided_by_redis_once_they_were_applied_again(kept, plan_write):
    first, last = (kept.rows.begin(plan_write(claim="a@example.com"), deadline_ms=0) for _ in range(2))
    kept.rows.applied(first)
    kept.rows.applied(last)
    other = plan_write(user_id="u2", claim="a@example.com")
    with pytest.raises(Conflict):
        kept.rows.keep(other, row_id=None)
    for known in (0, first):
        with pytest.raises(ClaimApplied) as caught:
            kept.rows.begin(other, deadline_ms=0, known_claim=known)
        assert caught.value.row_id == last
    kept.rows.begin(other, deadline_ms=0, known_claim=last)


def test_a_user_with_a_pending_claim_must_try_again_to_change_the_email(kept, plan_write):
    kept.rows.keep(plan_write(claim="a@example.com"), row_id=None)
    with pytest.raises(ClaimInFlight):
        kept.rows.begin(plan_write(claim="b@example.com", deferrable=False), deadline_ms=0)


def test_the_note_before_a_yes_is_durable_and_needs_a_row_in_flight(kept, folder, plan_write):
    noted, abandoned = (kept.rows.begin(plan_write(deferrable=False), deadline_ms=0) for _ in range(2))
    kept.rows.note_applied(noted)
    kept.rows.drop_durably(abandoned)
    with journal_file.opened(folder) as file:
        assert file.execute("SELECT id, state FROM rows").fetchall() == [(noted, "applied")]
    for row_id in (noted, abandoned):
        with pytest.raises(JournalUnavailable, match="took too long"):
            kept.rows.note_applied(row_id)


@pytest.mark.parametrize("bound", ["MAX_UNACKNOWLEDGED", "MAX_UNACKNOWLEDGED_BYTES"])
def test_a_full_journal_refuses_and_drops_nothing(kept, plan_write, monkeypatch, bound):
    kept.rows.keep(plan_write(), row_id=None)
    row_id = kept.rows.begin(plan_write(), deadline_ms=0)
    monkeypatch.setattr(rows, bound, 2)
    with pytest.raises(JournalUnavailable, match="full"):
        kept.rows.begin(plan_write(), deadline_ms=0)
    kept.rows.applied(row_id)
    kept.flush()
    status = kept.admin.status()
    assert (status.pending, status.applied) == (1, 1)


def test_applied_rows_do_not_fill_it(kept, plan_write, monkeypatch):
    monkeypatch.setattr(rows, "MAX_UNACKNOWLEDGED", 2)
    for _ in range(5):
        kept.rows.applied(kept.rows.begin(plan_write(), deadline_ms=0))
    assert kept.admin.status().applied >= 3


@pytest.mark.parametrize("column", ["body", "user_id", "claim", "database"])
def test_a_damaged_row_is_detected_by_its_checksum(kept, store, plan_write, column):
    kept.rows.database = "here"
    row_id = kept.rows.keep(plan_write(claim="a@example.com"), row_id=None)
    store.commit(lambda db: db.execute(f"UPDATE rows SET {column} = CAST({column} || 'x' AS BLOB)"))
    assert kept.rows.by_id([row_id]) == []


@pytest.mark.parametrize("change", ["state = 'pen$ing'", "body = CAST(body AS TEXT)"])
def test_a_damaged_row_is_detected_by_its_state_and_its_types(kept, store, plan_write, change):
    row_id = kept.rows.keep(plan_write(), row_id=None)
    store.commit(lambda db: db.execute(f"UPDATE rows SET {change}"))
    assert kept.rows.by_id([row_id]) == []


def test_a_taken_claim_is_refused_before_anything_is_written(kept, plan_write):
    claiming = {"claim": "a@example.com"}
    kept.rows.check_claim(plan_write(**claiming), held_by=ACCEPTED)
    kept.rows.keep(plan_write(**claiming), row_id=None)
    kept.rows.check_claim(plan_write(**claiming), held_by=ACCEPTED)
    kept.rows.check_claim(plan_write(user_id="u2"), held_by=ACCEPTED)
    with pytest.raises(Conflict):
        kept.rows.check_claim(plan_write(user_id="u2", **claiming), held_by=ACCEPTED)
