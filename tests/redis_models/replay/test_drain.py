"""The drain: rows are applied again, proven durable, and only then dropped."""

import pytest
from django_redis import get_redis_connection
from redis import exceptions

from accounts import writes
from accounts.services import register_user
from chat.models import Message
from chat.services import save_conversation
from redis_models import connection, writer
from redis_models.connection.link import Link
from redis_models.errors import RedisUnavailable
from redis_models.health import clock
from redis_models.journal import State, journal
from redis_models.operations.write import Outcome, Write
from redis_models.replay import drain, primary_drain, user_batch
from redis_models.replay.adoption import adopt
from redis_models.replay.result import DrainResult
from tests.support.people import TEXT

MESSAGE = Message("1", "user", TEXT, "2026-11-23T08:00:00.000Z")
NO_FILE = (
    "no append-only file: after a restart it is empty, and its replicas copy that; set appendonly to yes. Meanwhile the"
    " newest 100000 writes (256 MiB) stay in the journal, to be applied again."
)


def save(cid="c1", **fields):
    return save_conversation(user_id="u1", messages=[MESSAGE], conversation_id=cid, **fields)


@pytest.fixture
def without_file(valkey):
    """A server without an append-only file: a restart loses everything, as FLUSHALL does."""
    valkey.client.config_set("appendonly", "no")
    yield valkey
    valkey.client.config_set("appendonly", "yes")


@pytest.fixture
def after_applying(monkeypatch):
    """Call a function after the last row was applied and before the proof."""

    def do(something):
        fence = primary_drain.PrimaryDrain.confirm_durable

        def first_something(side):
            something()
            return fence(side)

        monkeypatch.setattr(primary_drain.PrimaryDrain, "confirm_durable", first_something)

    return do


def test_pending_rows_are_applied_proven_and_dropped(valkey, keep, plan_write, status):
    keep(plan_write())
    assert drain.drain() == DrainResult(applied=1, fenced=1)
    assert valkey.client.hget("user:u1:profile", "plan") == "plus"
    assert (status().pending, status().applied, status().durability) == (0, 0, "proven")
    assert journal().snapshots.get("u1", [""]).hash("user:u1:profile")["plan"] == "plus"
    assert drain.drain() == DrainResult()


def test_applied_rows_are_applied_again_before_they_are_dropped(valkey, plan_write):
    assert writer.submit(plan_write()).outcome is Outcome.APPLIED
    valkey.client.delete("user:u1:profile")
    assert drain.drain() == DrainResult(applied=1, fenced=1)
    assert valkey.client.hget("user:u1:profile", "plan") == "plus"


def test_the_snapshot_holds_the_conversations_that_the_rows_wrote_to(valkey):
    save()
    drain.drain()
    kept = journal().snapshots.get("u1", ["", "c1"])
    assert kept.hash("user:u1:conversation:c1")["id"] == "c1"


def test_a_server_that_proves_nothing_receives_each_write_once_and_the_row_stays(without_file, plan_write, status):
    writer.submit(plan_write())
    assert drain.drain() == DrainResult(applied=1, fenced=0)
    assert drain.drain() == DrainResult()
    assert (status().applied, status().durability) == (1, NO_FILE)
    without_file.client.config_set("appendonly", "yes")
    assert drain.drain() == DrainResult(applied=1, fenced=1)
    assert status().applied == 0


def test_after_a_restart_that_lost_everything_all_writes_are_applied_again(without_file, status):
    for number in range(5):
        save(f"c{number}")
    drain.drain()
    without_file.client.flushall()
    assert "lost its mark" in drain.drain().stopped_by
    adopt(journal())
    assert drain.drain() == DrainResult(applied=5)
    assert without_file.client.zcard("user:u1:conversations") == 5


def test_a_flush_between_apply_and_proof_drops_nothing(valkey, plan_write, after_applying, status, monkeypatch):
    drain.drain()
    writer.submit(plan_write())
    after_applying(valkey.client.flushall)
    assert "was emptied" in drain.drain().stopped_by
    assert status().applied == 1
    monkeypatch.undo()
    assert "lost its mark" in drain.drain().stopped_by


def test_a_demotion_between_apply_and_proof_drops_nothing(valkey, plan_write, after_applying, status, monkeypatch):
    writer.submit(plan_write())
    after_applying(lambda: valkey.client.replicaof("127.0.0.1", "1"))
    try:
        assert "The server changed" in drain.drain().stopped_by
        assert status().applied == 1
        monkeypatch.undo()
        assert "not the primary" in drain.drain().stopped_by
    finally:
        valkey.client.replicaof("NO", "ONE")
    assert drain.drain().fenced == 1


def test_without_a_proof_in_time_nothing_is_dropped(valkey, plan_write, monkeypatch, status):
    monkeypatch.setattr(Link, "unconfirmed", lambda *_, **__: "the disk is slow")
    writer.submit(plan_write())
    assert drain.drain() == DrainResult(applied=1, fenced=0)
    assert "the disk is slow" in status().durability


def test_a_row_that_the_server_cannot_apply_becomes_a_dead_letter_and_the_others_are_drained(
    valkey, plan_write, keep, status
):
    keep(plan_write(user_id="u1"))
    keep(Write("u1", "nowhere.at_all.1", (), (), 1))
    valkey.client.set("user:u2:profile", "of another type")
    keep(plan_write(user_id="u2"))
    assert drain.drain() == DrainResult(applied=1, fenced=1, dead_letters=2)
    reasons = [row.reason for row in journal().admin.dead_letters()]
    assert reasons == ["There is no script named 'nowhere.at_all.1'.", "The write failed on the server."]
    assert drain.drain() == DrainResult()


def test_a_single_row_that_cannot_be_applied_becomes_a_dead_letter(valkey, keep):
    keep(Write("u1", "nowhere.at_all.1", (), (), 1))
    assert drain.drain() == DrainResult(dead_letters=1)


def test_a_server_that_refuses_us_makes_no_dead_letters(valkey, plan_write, keep, status):
    keep(plan_write())
    valkey.client.config_set("maxmemory", "1")
    try:
        assert "refuses writes" in drain.drain().stopped_by
    finally:
        valkey.client.config_set("maxmemory", "0")
    assert (status().pending, status().dead_letters) == (1, 0)


def test_without_redis_all_rows_stay_pending(away, plan_write, keep, status):
    keep(plan_write())
    assert drain.drain().stopped_by == "Redis does not answer."
    assert status().pending == 1


def test_one_process_of_the_host_drains_at_a_time(valkey, plan_write, keep):
    keep(plan_write())
    with journal().queue.turn():
        assert drain.drain() == DrainResult()
    assert drain.drain().applied == 1


def test_many_rows_are_drained_in_batches_each_with_a_proof(valkey, plan_write, keep, monkeypatch):
    monkeypatch.setattr(drain, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(drain, "ROWS_A_FENCE", 6)
    monkeypatch.setattr(primary_drain, "USERS_AT_ONCE", 2)
    monkeypatch.setattr("redis_models.connection.link.COMMANDS_AT_ONCE", 2)
    for number in range(10):
        keep(plan_write(user_id=f"u{number}"))
    assert drain.drain() == DrainResult(applied=10, fenced=10)
    assert len(valkey.client.keys("user:*:profile")) == 10


def test_rows_of_a_user_too_large_for_a_snapshot_are_drained(valkey, plan_write, keep, monkeypatch):
    monkeypatch.setattr("redis_models.schema.snapshot.ELEMENTS_AT_MOST", 0)
    keep(plan_write())
    assert drain.drain().fenced == 1
    assert journal().snapshots.get("u1", [""]) is None


def test_a_snapshot_that_cannot_be_taken_stops_nothing(valkey, plan_write, keep, caplog):
    valkey.client.xadd("user:u1:stats", {"of": "a type nobody reads"})
    keep(plan_write())
    assert drain.drain().fenced == 1
    assert "snapshot could not be taken" in caplog.text


def test_a_save_onto_a_chat_deleted_elsewhere_is_dropped(away, valkey):
    assert save().outcome is Outcome.JOURNALED
    away()
    valkey.client.zadd("user:u1:deleted", {"c1": 1})
    assert drain.drain() == DrainResult(applied=1, fenced=1)
    assert valkey.client.keys("user:u1:conversation:*") == []


def test_an_email_taken_meanwhile_leaves_the_profile_without_the_claim(away, valkey):
    assert register_user(user_id="u1", email="a@example.com").is_pending
    away()
    valkey.client.set("email:a@example.com:userId", "u2")
    assert drain.drain() == DrainResult(dead_letters=1)
    (row,) = journal().admin.dead_letters()
    assert row.reason == "conflict email"
    assert valkey.client.get("email:a@example.com:userId") == "u2"
    assert valkey.client.hget("user:u1:profile", "email_conflict") == "a@example.com"


def test_an_abandoned_registration_that_is_refused_becomes_a_dead_letter_and_writes_nothing(valkey):
    """Its request may have said yes just before it died, or may say so while the drain runs."""
    write = writes.registration(user_id="u1", email="a@example.com", name="Ann", plan="", at=clock.now_ms())
    valkey.client.set("email:a@example.com:userId", "u2")
    journal().rows.begin(write, deadline_ms=1)
    assert drain.drain() == DrainResult(dead_letters=1)
    assert [row.reason for row in journal().admin.dead_letters()] == ["conflict email"]
    assert not valkey.client.exists("user:u1:profile")


def test_a_row_that_its_request_keeps_while_a_drain_applies_it_becomes_a_dead_letter_if_it_is_refused(
    valkey, after_applying
):
    write = writes.registration(user_id="u1", email="a@example.com", name="Ann", plan="", at=clock.now_ms())
    valkey.client.set("email:a@example.com:userId", "u2")
    row_id = journal().rows.begin(write, deadline_ms=1)
    after_applying(lambda: journal().rows.keep(write, row_id=row_id))
    assert drain.drain() == DrainResult(dead_letters=1)
    assert [row.id for row in journal().admin.dead_letters()] == [row_id]


def test_a_link_that_breaks_during_a_drain_is_an_outage(valkey, plan_write, keep, monkeypatch, status, caplog):
    keep(plan_write())
    run = Link.run

    def break_first(link, calls):
        valkey.stop()
        return run(link, calls)

    monkeypatch.setattr(Link, "run", break_first)
    assert drain.drain().stopped_by == "Redis does not answer."
    assert any("operation=journal.drain error=ConnectionError" in line for line in caplog.messages)
    assert status().pending == 1


def test_due_rows_have_their_state(valkey, plan_write, keep):
    keep(plan_write())
    journal().rows.begin(plan_write(), deadline_ms=1)
    found = journal().queue.due("", after=0, most=10).rows
    assert [row.state for row in found] == [State.PENDING, State.IN_FLIGHT]


def test_the_status_says_what_the_server_cannot_prove(valkey, without_file):
    assert drain.weakness() == NO_FILE
    valkey.client.config_set("appendonly", "yes")
    assert drain.weakness() == ""


def test_a_server_that_refuses_us_stops_the_drain_and_makes_no_dead_letters(valkey, plan_write, keep, status):
    drain.drain()
    keep(plan_write())
    valkey.client.execute_command("ACL", "SETUSER", "default", "-evalsha")
    try:
        assert "refuses this client" in drain.drain().stopped_by
    finally:
        valkey.client.execute_command("ACL", "SETUSER", "default", "+evalsha")
    assert (status().pending, status().dead_letters) == (1, 0)


def test_a_failing_connection_is_an_outage(valkey, monkeypatch):
    pool = get_redis_connection("default").connection_pool
    monkeypatch.setattr(type(pool), "get_connection", _refuse)
    with pytest.raises(RedisUnavailable), connection.link_to(connection.primary_of([])):
        pass


def _refuse(_):
    raise exceptions.MaxConnectionsError("Too many connections")


def test_the_newest_of_many_conversations_are_kept_for_an_outage_and_no_stale_ones(valkey, monkeypatch):
    monkeypatch.setattr(user_batch, "PARTS_A_USER", 2)
    save("old")
    drain.drain()
    for conversation_id in ("old", "c1", "c2"):
        save(conversation_id, title="New")
    drain.drain()
    assert set(journal().snapshots.view("u1").taken_ms) == {"", "c1", "c2"}
