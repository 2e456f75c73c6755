"""Writes are applied or kept, and the receipt says which."""

import pytest
from django.conf import settings

from accounts.services import register_user
from api.writes import request_begin
from chat import writes as chat_writes
from chat.models import Message
from chat.services import delete_conversation, save_conversation
from redis_models import reader, writer
from redis_models.background.housekeeping import housekeep_once
from redis_models.errors import Conflict, JournalUnavailable, RedisUnavailable, ScriptFailed
from redis_models.health import clock, monitor, registry
from redis_models.journal import State, journal
from redis_models.offline import due
from redis_models.operations.write import Durability, Outcome
from redis_models.replay.drain import drain
from redis_models.writer import LONGEST_S
from tests.redis_models import journal_file
from tests.support.people import TEXT

MESSAGE = Message("1", "user", TEXT, "2026-11-23T08:00:00.000Z")


def save(cid="c1", **fields):
    return save_conversation(user_id="u1", messages=[MESSAGE], conversation_id=cid, **fields)


@pytest.fixture
def no_journal(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.AIRA_DATA_DIR = tmp_path / "file" / "data"


def rows():
    journal().flush()
    found = journal().queue.due("", after=0, most=100)
    return found.rows if found else []


def test_the_journal_has_a_write_before_redis_does(valkey, plan_write, monkeypatch):
    seen = []
    apply = writer.gateway.apply

    def watch(write):
        seen.append((journal().admin.status().in_flight, valkey.client.exists("user:u1:profile")))
        return apply(write)

    monkeypatch.setattr(writer.gateway, "apply", watch)
    assert writer.submit(plan_write()).durability is Durability.JOURNAL
    assert seen == [(1, 0)]
    assert [row.state for row in rows()] == [State.APPLIED]


def test_in_on_failure_mode_only_failed_writes_are_kept(valkey, plan_write, settings):
    settings.AIRA_JOURNAL = "on_failure"
    assert writer.submit(plan_write()).durability is Durability.JOURNAL
    assert rows() == []
    assert due.taken(1) == {"u1": ("",)}
    valkey.stop()
    assert writer.submit(plan_write()).outcome is Outcome.JOURNALED
    assert [row.state for row in rows()] == [State.PENDING]


def test_with_a_journal_in_memory_every_receipt_says_that_it_is_not_durable(valkey, plan_write, settings):
    settings.AIRA_JOURNAL = "memory"
    assert writer.submit(plan_write()).durability is Durability.MEMORY
    valkey.stop()
    assert writer.submit(plan_write()).durability is Durability.MEMORY


def test_a_write_is_kept_while_redis_is_away(away, plan_write, profile_read):
    assert writer.submit(plan_write()).outcome is Outcome.JOURNALED
    assert writer.submit(plan_write()).is_pending
    assert reader.answer(profile_read()).pending == 2


def test_a_save_to_a_conversation_known_to_be_deleted_is_refused_while_redis_is_away(valkey, status):
    save()
    delete_conversation(user_id="u1", conversation_id="c1")
    housekeep_once()
    valkey.stop()
    assert save().outcome is Outcome.GONE
    journal().flush()
    assert (status().pending, status().in_flight) == (0, 0)


def test_a_write_that_redis_refuses_leaves_the_journal(valkey):
    register_user(user_id="u1", email="a@example.com")
    with pytest.raises(Conflict):
        register_user(user_id="u2", email="a@example.com")
    assert [row.write.user_id for row in rows()] == ["u1"]


def test_a_pending_deletion_is_taken_into_account(away):
    delete_conversation(user_id="u1", conversation_id="c1")
    assert save().outcome is Outcome.GONE


def states():
    """Return the states of the rows that are durably in the journal's file, without those of later transactions."""
    with journal_file.opened(settings.AIRA_DATA_DIR) as file:
        return [state for (state,) in file.execute("SELECT state FROM rows")]


@pytest.fixture
def during_the_write(monkeypatch):
    """Call a function after the write ran on Redis and before its request knows."""

    def arrange(do):
        apply = writer.gateway.apply

        def then(write):
            receipt = apply(write)
            do()
            return receipt

        monkeypatch.setattr(writer.gateway, "apply", then)

    return arrange


def test_a_write_that_is_not_deferrable_fails_and_its_row_is_dropped_before_the_503(valkey, plan_write, connect_to):
    connect_to(AIRA_REDIS_RETRIES=0)
    valkey.stop()
    with pytest.raises(RedisUnavailable):
        writer.submit(plan_write(deferrable=False))
    assert states() == []
    valkey.start()
    monitor.probe_once()
    drain()
    assert not valkey.client.exists("user:u1:profile")


def test_a_write_that_is_not_deferrable_is_durably_in_flight_and_then_durably_applied(
    valkey, plan_write, during_the_write
):
    seen = []
    during_the_write(lambda: seen.extend(states()))
    assert writer.submit(plan_write(deferrable=False)).durability is Durability.JOURNAL
    assert (seen, states()) == (["in flight"], ["applied"])


def test_a_refused_write_that_is_not_deferrable_leaves_the_journal_before_the_answer(valkey, plan_write):
    valkey.client.set("user:u1:erased", plan_write().at)
    assert writer.submit(plan_write(deferrable=False)).outcome is Outcome.GONE
    assert states() == []


def test_if_a_drain_has_dropped_the_row_of_a_frozen_request_the_answer_is_no_yes(
    valkey, plan_write, during_the_write, monkeypatch
):
    monkeypatch.setattr(writer, "GRACE_S", -LONGEST_S)  # the deadline has passed, as if the process had been frozen
    during_the_write(drain)
    with pytest.raises(JournalUnavailable, match="took too long"):
        writer.submit(plan_write(deferrable=False))
    assert states() == []


def test_with_a_broken_journal_a_write_that_is_not_deferrable_says_so_too(valkey, plan_write, no_journal):
    assert writer.submit(plan_write(deferrable=False)).durability is Durability.SERVER


def test_a_write_without_a_row_is_only_in_redis(valkey):
    turn = request_begin(user_id="u1", digest="ab", token="t", body_digest="cd", at=clock.now_ms())
    assert writer.submit(turn).durability is Durability.JOURNAL
    assert rows() == []


def test_with_a_broken_journal_writes_go_straight_to_redis_and_say_so(valkey, plan_write, no_journal, caplog):
    receipt = writer.submit(plan_write())
    assert (receipt.outcome, receipt.durability) == (Outcome.APPLIED, Durability.SERVER)
    assert valkey.client.hget("user:u1:profile", "plan") == "plus"
    assert "Writes go to Redis without the journal" in caplog.text


def test_a_write_that_neither_redis_nor_the_journal_takes_is_an_error(away, plan_write, no_journal, profile_read):
    with pytest.raises(JournalUnavailable):
        writer.submit(plan_write())
    assert reader.answer(profile_read()).reply == []


def test_while_a_server_refuses_writes_it_answers_reads_and_writes_are_pending(valkey, plan_write, profile_read):
    writer.submit(plan_write())
    valkey.client.config_set("maxmemory", "1")
    try:
        receipt = writer.submit(plan_write(plan="premium", at=1_795_423_342_000))
        found = reader.answer(profile_read())
    finally:
        valkey.client.config_set("maxmemory", "0")
    assert receipt.outcome is Outcome.JOURNALED
    assert found.reply[:2] == ["plan", "premium"]
    assert not found.is_live


@pytest.mark.parametrize("mode", ["ahead", "on_failure"])
def test_a_script_that_fails_is_not_kept(valkey, plan_write, settings, mode):
    settings.AIRA_JOURNAL = mode
    valkey.client.set("user:u1:profile", "of another type")
    with pytest.raises(ScriptFailed):
        writer.submit(plan_write())
    assert rows() == []


def test_two_users_cannot_both_have_a_pending_claim_of_one_email(away):
    register_user(user_id="u1", email="a@example.com")
    with pytest.raises(Conflict):
        register_user(user_id="u2", email="a@example.com")
    register_user(user_id="u1", email="a@example.com")
    assert {row.write.user_id for row in rows()} == {"u1"}


def test_a_save_onto_a_chat_with_a_pending_deletion_is_refused(valkey, keep):
    keep(chat_writes.deletion(user_id="u1", conversation_id="c1", at=clock.now_ms()))
    assert save("c1").outcome is Outcome.GONE
    assert not valkey.client.exists("user:u1:conversations")
    assert save("c2").outcome is Outcome.APPLIED


def test_the_times_of_all_steps_of_a_write_from_a_fast_clock_are_clamped(plan_write):
    steps = plan_write(at=90, before=plan_write(at=80), undo=plan_write(at=10)).clamped_to(50)
    assert (steps.at, steps.before.at, steps.undo.at) == (50, 50, 10)


def test_if_a_refusal_is_certain_the_write_is_journaled_with_one_commit(away, plan_write, monkeypatch, status):
    breaker = registry.breaker_for(plan_write().keys)
    monkeypatch.setattr(breaker, "is_monitored", True)
    breaker.probe_missed("no answer")
    breaker.probe_missed("no answer")
    monkeypatch.setattr(journal().rows, "begin", None)
    monkeypatch.setattr(writer.gateway, "apply", None)
    assert writer.submit(plan_write()).outcome is Outcome.JOURNALED
    assert (status().pending, status().in_flight) == (1, 0)


def test_a_pending_deletion_refuses_saves_even_if_redis_is_back_and_does_not_have_it_yet(valkey):
    save()
    valkey.stop()
    assert delete_conversation(user_id="u1", conversation_id="c1").outcome is Outcome.JOURNALED
    valkey.start()
    monitor.probe_once()
    assert save().outcome is Outcome.GONE
    assert [row.write.script for row in rows() if row.state is State.PENDING] == ["chat.delete.1"]
