"""Reads that always answer, and writes that are applied or kept."""

import pytest

from accounts.services import register_user
from chat.models import Message
from chat.services import delete_conversation, save_conversation
from redis_models import health, keeper, noted, reader, writer
from redis_models.errors import Conflict, JournalUnavailable, RedisUnavailable, ScriptFailed
from redis_models.journal import journal
from redis_models.write import Outcome, Write

MESSAGE = Message("1", "user", "hello", "2026-11-23T08:00:00.000Z")


def save(cid="c1", **fields):
    return save_conversation(user_id="u1", messages=[MESSAGE], conversation_id=cid, **fields)


@pytest.fixture
def away(valkey):
    """Stop the server; call the returned function to bring it back."""
    valkey.stop()

    def back():
        valkey.start()
        health.probe_once()

    return back


def test_a_live_read_notes_its_user(valkey, profile_read):
    assert reader.answer(profile_read()).is_live
    assert noted.taken(5) == ["u1"]


def test_away_from_redis_a_user_never_seen_gets_an_answer_that_rests_on_nothing(away, profile_read):
    found = reader.answer(profile_read())
    assert (found.reply, found.is_live, found.is_founded, found.as_of_ms) == ([], False, False, None)


def test_away_from_redis_the_last_snapshot_is_shown_with_its_time(valkey, profile_read, plan_write):
    writer.submit(plan_write())
    keeper.keep_once()
    valkey.stop()
    found = reader.answer(profile_read())
    assert found.reply[:2] == ["plan", "plus"]
    assert found.is_founded
    assert abs(found.as_of_ms - health.now_ms()) < 5000


def test_a_write_is_kept_while_redis_is_away_and_applied_once_afterwards(away, plan_write, profile_read, valkey):
    assert writer.submit(plan_write()).outcome is Outcome.JOURNALED
    assert writer.submit(plan_write()).is_pending
    assert reader.answer(profile_read()).pending == 2
    away()
    assert writer.replay() == writer.Replayed(applied=2)
    assert journal().status().pending == 0
    assert valkey.client.hget("user:u1:profile", "plan") == "plus"
    assert writer.replay() == writer.Replayed()


def test_what_is_known_to_be_gone_is_refused_also_while_redis_is_away(valkey):
    save()
    delete_conversation(user_id="u1", conversation_id="c1")
    keeper.keep_once()
    valkey.stop()
    assert save().outcome is Outcome.GONE
    assert journal().status().pending == 0


def test_a_deletion_that_waits_is_known_too(away):
    delete_conversation(user_id="u1", conversation_id="c1")
    assert save().outcome is Outcome.GONE


def test_a_write_that_may_not_wait_fails(away, plan_write):
    with pytest.raises(RedisUnavailable):
        writer.submit(plan_write(deferrable=False))
    assert journal().status().pending == 0


def test_where_neither_redis_nor_the_journal_takes_it_the_caller_is_told(
    away, plan_write, settings, tmp_path, profile_read
):
    (tmp_path / "file").touch()
    settings.AIRA_DATA_DIR = tmp_path / "file" / "data"
    with pytest.raises(JournalUnavailable):
        writer.submit(plan_write())
    assert reader.answer(profile_read()).reply == []


def test_a_server_that_refuses_writes_answers_reads_and_writes_wait(valkey, plan_write, profile_read):
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


def test_while_writes_wait_and_redis_answers_the_fresh_data_is_the_ground(valkey, plan_write, profile_read):
    register_user(user_id="u1", email="a@example.com", name="Ann")
    journal().append(plan_write())
    found = reader.answer(profile_read())
    assert not found.is_live
    assert found.pending == 1
    assert {"Ann", "plus"} <= set(found.reply)


def test_a_row_that_the_server_cannot_apply_is_set_aside_and_the_rest_goes_on(valkey, plan_write):
    journal().append(plan_write(user_id="u1"))
    journal().append(Write("u1", "nowhere.at_all.1", (), (), 1))
    valkey.client.set("user:u2:profile", "of another type")
    journal().append(plan_write(user_id="u2"))
    assert writer.replay() == writer.Replayed(applied=1, set_aside=2)
    reasons = [row.set_aside for row in journal().rows_set_aside()]
    assert reasons == ["There is no script named 'nowhere.at_all.1'.", "accounts.plan.1 failed on the server."]


def test_a_script_that_fails_is_not_kept(valkey, plan_write):
    valkey.client.set("user:u1:profile", "of another type")
    with pytest.raises(ScriptFailed):
        writer.submit(plan_write())
    assert journal().status().pending == 0


def test_redis_going_away_in_the_middle_stops_the_replay(away, plan_write):
    writer.submit(plan_write())
    assert writer.replay() == writer.Replayed(is_complete=False)
    assert journal().status().pending == 1


def test_another_process_of_the_host_replays_alone(valkey, plan_write):
    journal().append(plan_write())
    with journal().replay_turn():
        assert writer.replay() == writer.Replayed()
    assert writer.replay().applied == 1


def test_rows_of_a_user_too_large_for_a_snapshot_are_replayed_too(valkey, plan_write, monkeypatch):
    monkeypatch.setattr("redis_models.snapshot.ELEMENTS_AT_MOST", 0)
    journal().append(plan_write())
    assert writer.replay().applied == 1
    assert journal().snapshot("u1") is None


def test_a_save_onto_a_chat_deleted_elsewhere_is_dropped_at_replay(away, valkey):
    assert save().outcome is Outcome.JOURNALED
    away()
    valkey.client.zadd("user:u1:deleted", {"c1": 1})
    assert writer.replay() == writer.Replayed(applied=1)
    assert valkey.client.keys("user:u1:conversation:*") == []


def test_an_email_taken_meanwhile_leaves_the_profile_without_the_claim(away, valkey):
    assert register_user(user_id="u1", email="a@example.com").is_pending
    away()
    valkey.client.set("email:a@example.com:userId", "u2")
    assert writer.replay() == writer.Replayed(set_aside=1)
    (row,) = journal().rows_set_aside()
    assert row.set_aside == "conflict email"
    assert valkey.client.get("email:a@example.com:userId") == "u2"
    assert valkey.client.hget("user:u1:profile", "email_conflict") == "a@example.com"


def test_two_users_cannot_both_wait_for_one_email(away):
    register_user(user_id="u1", email="a@example.com")
    with pytest.raises(Conflict):
        register_user(user_id="u2", email="a@example.com")
    register_user(user_id="u1", email="a@example.com")
