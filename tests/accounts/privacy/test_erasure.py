"""Erasing: what is removed, what stays, and who finishes what another process began."""

import io
import json
import threading

import pytest

from accounts import writes
from accounts.privacy import erasure
from accounts.privacy.erasure import erase
from accounts.privacy.export import export_lines
from accounts.privacy.imports import import_document
from accounts.privacy.receipts import Erasing, public_receipt
from accounts.services import change_plan, register_user
from chat.models import Message
from chat.services import save_conversation
from redis_models import connection
from redis_models.background import housekeeping, unfinished
from redis_models.errors import Conflict, RedisUnavailable
from redis_models.health import monitor
from redis_models.health.clock import now_ms
from redis_models.journal import journal
from redis_models.offline import due, view
from redis_models.operations.write import Outcome
from redis_models.replay import primary_drain
from redis_models.replay.drain import drain
from redis_models.schema import keys
from redis_models.writer import submit
from tests.support.people import TEXT
from tests.support.waiting import PATIENCE_S, wait_until

MESSAGE = Message("1", "user", TEXT, "2026-11-23T08:00:00.000Z")
UNFINISHED, ERASED, CLAIM = "aira:erasures:unfinished", "user:u1:erased", "email:a@example.com:userId"


def erased_at(valkey):
    return int(float(valkey.client.get(ERASED)))


def begun(user_id="u1"):
    erasing, _ = erasure.begin(user_id=user_id)
    return erasing


def leave_alone(valkey):
    """Let the turn of every unfinished erasure be over."""
    for digest, text in valkey.client.hgetall(UNFINISHED).items():
        valkey.client.hset(UNFINISHED, digest, f"1 {text.partition(' ')[2]}")


def names_in_snapshot(user_id="u1"):
    kept = journal().snapshots.get(user_id, [""])
    return [stored.name for stored in kept.stored] if kept else []


def test_an_older_write_does_not_bring_back_an_erased_user(valkey):
    register_user(user_id="u1", email="a@example.com", at=1_795_423_341_000)
    erase(user_id="u1")
    with pytest.raises(Conflict, match="was erased"):
        register_user(user_id="u1", email="a@example.com", at=1_795_423_341_000)
    assert valkey.data_keys() == [ERASED]


def test_an_erased_user_may_register_again(valkey):
    register_user(user_id="u1", email="a@example.com")
    erase(user_id="u1")
    assert not register_user(user_id="u1", email="a@example.com", at=erased_at(valkey) + 1).is_pending
    assert valkey.client.get(CLAIM) == "u1"


def test_erasing_keeps_an_email_that_belongs_to_another_user(valkey):
    register_user(user_id="u1", email="a@example.com")
    valkey.client.set(CLAIM, "u2")
    erase(user_id="u1")
    assert valkey.client.get(CLAIM) == "u2"


def test_a_later_time_of_the_tombstone_stays(valkey):
    register_user(user_id="u1", email="a@example.com")
    for number in range(3):
        save_conversation(user_id="u1", messages=[MESSAGE], conversation_id=f"c{number}")
    later = now_ms() + 20_000
    submit(writes.erasure_begin(user_id="u1", at=later))
    assert erase(user_id="u1").conversations == 3
    assert valkey.data_keys() == [ERASED]
    assert erased_at(valkey) == later


def test_a_conversation_saved_during_an_erasure_stays(valkey):
    register_user(user_id="u1", email="a@example.com")
    save_conversation(user_id="u1", messages=[MESSAGE], conversation_id="c1")
    batches = []

    def save_one_more(size):
        batches.append(size)
        save_conversation(user_id="u1", messages=[MESSAGE], conversation_id="late", at=now_ms() + 1)

    assert erase(user_id="u1", on_batch=save_one_more).state == "erased"
    assert batches == [1]
    assert valkey.client.zrange(keys.conversations("u1"), 0, -1) == ["late"]
    assert valkey.client.hget(keys.stats("u1"), "conversations") == "1"


def test_more_conversations_than_a_batch_are_removed(valkey, monkeypatch):
    monkeypatch.setattr(erasure, "BATCH", 2)
    for number in range(5):
        save_conversation(user_id="u1", messages=[MESSAGE], conversation_id=f"c{number}")
    batches = []
    assert erase(user_id="u1", on_batch=batches.append).conversations == 5
    assert batches == [2, 2, 1]
    assert valkey.data_keys() == [ERASED]


def test_a_step_that_is_repeated_is_no_conflict_and_removes_nothing_newer(valkey):
    register_user(user_id="u1", email="a@example.com")
    save_conversation(user_id="u1", messages=[MESSAGE], conversation_id="c1")
    erase(user_id="u1")
    at = erased_at(valkey)
    register_user(user_id="u1", email="a@example.com", at=at + 1)
    save_conversation(user_id="u1", messages=[MESSAGE], conversation_id="c1", at=at + 1)
    before = {key: valkey.client.dump(key) for key in valkey.data_keys()}
    for step in (
        writes.erasure_begin(user_id="u1", at=at),
        writes.erasure(user_id="u1", ids=["c1"], at=at),
        writes.erasure_of_claim(user_id="u1", email="a@example.com", at=at),
    ):
        assert submit(step).outcome is Outcome.DUPLICATE
    assert {key: valkey.client.dump(key) for key in valkey.data_keys()} == before


def test_a_late_repetition_does_not_remove_what_was_imported_since(valkey):
    register_user(user_id="u1", email="a@example.com")
    save_conversation(user_id="u1", messages=[MESSAGE], conversation_id="c1", at=1_795_423_341_000)
    document = io.BytesIO(b"".join(export_lines(user_id="u1")))
    erase(user_id="u1")
    assert import_document(document, user_id="u1").added > 0
    before = {key: valkey.client.dump(key) for key in valkey.data_keys()}
    submit(writes.erasure(user_id="u1", ids=["c1"], at=erased_at(valkey)))
    assert {key: valkey.client.dump(key) for key in valkey.data_keys()} == before
    assert valkey.client.zrange(keys.conversations("u1"), 0, -1) == ["c1"]


def test_erasing_needs_redis_and_removes_the_users_rows_from_the_journal(valkey):
    register_user(user_id="u1", email="a@example.com")
    journal().rows.keep(writes.plan_change(user_id="u1", plan="plus", at=1), row_id=None)
    valkey.stop()
    with pytest.raises(RedisUnavailable):
        erase(user_id="u1")
    assert journal().admin.status().pending == 1
    valkey.start()
    monitor.probe_once()
    erase(user_id="u1")
    assert journal().admin.status().pending == 0


@pytest.mark.parametrize(
    ("module", "reader", "keeps"),
    [(view, "fresh_snapshot", housekeeping.renew_snapshots), (primary_drain, "snapshot_from", drain)],
    ids=["housekeeping", "drain"],
)
def test_a_snapshot_that_was_read_before_an_erasure_is_not_kept_after_it(valkey, monkeypatch, module, reader, keeps):
    register_user(user_id="u1", email="a@example.com")
    read, states = getattr(module, reader), []

    def erase_once_it_is_read(user_id, *args, **named):
        found = read(user_id, *args, **named)
        if not states:
            states.append(erase(user_id=user_id).state)
        return found

    due.note_read("u1", keys.of_user("u1"))
    monkeypatch.setattr(module, reader, erase_once_it_is_read)
    keeps()
    assert states == ["erased"]
    assert set(names_in_snapshot()) <= {ERASED}
    keeps()
    assert names_in_snapshot() == [ERASED]


def test_the_row_of_an_erasure_belongs_to_nobody_and_sets_the_tombstone_again(valkey):
    register_user(user_id="u1", email="a@example.com")
    erasing = begun()
    assert journal().erasure.users() == {"u1", ""}
    assert journal().erasure.forget("u1", until_ms=now_ms())
    valkey.client.delete(ERASED, UNFINISHED)  # as if a fail-over had lost both
    drain()
    assert erased_at(valkey) == erasing.unfinished.at
    assert valkey.client.hkeys(UNFINISHED) == [erasing.digest]
    assert journal().admin.status().applied == 0
    assert journal().snapshots.get("", [""]) is None


def test_an_erasure_that_no_process_goes_on_with_is_finished_by_another_with_its_time(valkey):
    register_user(user_id="u1", email="a@example.com")
    save_conversation(user_id="u1", messages=[MESSAGE], conversation_id="c1")
    erasing = begun()
    register_user(user_id="u1", email="a@example.com", at=erasing.unfinished.at + 5)
    erasure.go_on()
    assert valkey.client.hlen(UNFINISHED) == 1, "it is another process's turn for 60 s"
    leave_alone(valkey)
    monkey = unfinished.taken(at=now_ms())
    assert list(monkey) == [erasing.digest]
    assert unfinished.taken(at=now_ms()) == {}, "only one process takes it"
    receipt = erasure.finish(Erasing(erasing.digest, monkey[erasing.digest]))
    assert (receipt.state, receipt.conversations) == ("erased", 1)
    assert erased_at(valkey) == erasing.unfinished.at
    assert valkey.client.hlen(UNFINISHED) == 0
    assert valkey.client.hget("user:u1:profile", "email") == "a@example.com"
    assert valkey.client.get(CLAIM) == "u1"
    assert public_receipt(erasing.token).state == "erased"


def test_housekeeping_goes_on_every_ten_seconds_at_most(valkey, monkeypatch):
    register_user(user_id="u1", email="a@example.com")
    erasing = begun()
    leave_alone(valkey)
    erasure.go_on()
    wait_until(lambda: public_receipt(erasing.token).state == "erased")
    monkeypatch.setattr(unfinished, "taken", None)
    erasure.go_on()


def test_an_erasure_whose_reply_was_lost_is_pending_and_is_finished_later(valkey, monkeypatch):
    register_user(user_id="u1", email="a@example.com")
    run = connection.run_script

    def eat_the_reply(script, *args):
        if script.name == "accounts.erase_begin.1":
            raise RedisUnavailable("The reply was lost.")
        return run(script, *args)

    monkeypatch.setattr(connection, "run_script", eat_the_reply)
    erasing, receipt = erasure.begin(user_id="u1")
    assert receipt.is_pending
    assert journal().admin.status().pending == 1
    monkeypatch.setattr(connection, "run_script", run)
    monitor.probe_once()
    drain()
    assert erased_at(valkey) == erasing.unfinished.at
    leave_alone(valkey)
    erasure.go_on()
    wait_until(lambda: public_receipt(erasing.token).state == "erased")
    assert valkey.data_keys() == [ERASED]


def test_erased_is_not_said_before_the_server_proves_it(valkey, monkeypatch):
    register_user(user_id="u1", email="a@example.com")
    monkeypatch.setattr("redis_models.connection.link.Link.unconfirmed", lambda *_, **__: "too late")
    erasing = begun()
    with pytest.raises(RedisUnavailable, match="did not prove"):
        erasure.finish(erasing)
    assert public_receipt(erasing.token).state == "pending"
    assert valkey.client.hlen(UNFINISHED) == 1
    monkeypatch.undo()
    assert erasure.finish(erasing).state == "erased"


def test_a_server_that_cannot_prove_anything_gets_another_word_for_it(valkey):
    register_user(user_id="u1", email="a@example.com")
    valkey.client.config_set("appendfsync", "no")
    try:
        receipt = erase(user_id="u1")
    finally:
        valkey.client.config_set("appendfsync", "always")
    assert receipt.state == "unproven"
    assert not receipt.is_confirmed
    assert any("cannot prove" in sentence for sentence in receipt.not_reached)


def test_an_erasure_that_fails_or_takes_longer_returns_none_and_stays_unfinished(valkey, monkeypatch, caplog):
    register_user(user_id="u1", email="a@example.com")
    erasing = begun()
    for error in (RedisUnavailable("away"), ValueError("a defect")):
        monkeypatch.setattr(erasure, "finish", lambda _, error=error: (_ for _ in ()).throw(error))
        assert erasure.finish_within(erasing, seconds=60) is None
    assert "An erasure failed" in caplog.text
    is_over = threading.Event()
    monkeypatch.setattr(erasure, "finish", lambda _: is_over.wait(PATIENCE_S))
    assert erasure.finish_within(erasing, seconds=0) is None
    is_over.set()
    monkeypatch.setattr(threading.Thread, "start", lambda _: (_ for _ in ()).throw(RuntimeError("no threads")))
    assert erasure.finish_within(erasing, seconds=0) is None
    assert valkey.client.hlen(UNFINISHED) == 1


def test_the_public_receipt_and_what_redis_has_of_it_name_no_user_and_no_email(valkey):
    register_user(user_id="somebody", email="a@example.com")
    receipt = erase(user_id="somebody")
    stored = json.dumps(valkey.client.hgetall(f"aira:erasures:receipt:{receipt.erasing.digest}"))
    for name in ("somebody", "a@example.com", receipt.erasing.token):
        assert name not in stored
    assert 29 * 86_400 < valkey.client.ttl(f"aira:erasures:receipt:{receipt.erasing.digest}") <= 30 * 86_400
    assert public_receipt(receipt.erasing.token).conversations == 0
    assert public_receipt("x" * 32) is None


def test_a_repeated_note_opens_no_finished_erasure(valkey):
    register_user(user_id="u1", email="a@example.com")
    erasing = begun()
    erasure.finish(erasing)
    change_plan(user_id="u1", plan="plus", at=now_ms() + 10)
    note = unfinished.note(erasing.digest, erasing.unfinished, receipt="{}")
    assert submit(note).outcome is Outcome.GONE
    drain()
    assert valkey.client.hlen(UNFINISHED) == 0
    assert public_receipt(erasing.token).state == "erased"


@pytest.mark.parametrize("mode", ["ahead", "on_failure", "memory"])
def test_an_erasure_works_in_every_mode_of_the_journal(valkey, settings, mode):
    settings.AIRA_JOURNAL = mode
    register_user(user_id="u1", email="a@example.com")
    assert erase(user_id="u1").state == "erased"
    assert valkey.data_keys() == [ERASED]


def test_a_server_that_has_older_data_again_in_mid_erasure_keeps_it_pending(valkey, monkeypatch):
    """It was killed after the removal, and restarted with what its disk has."""
    register_user(user_id="u1", email="a@example.com")
    save_conversation(user_id="u1", messages=[MESSAGE], conversation_id="c1")
    erasing = begun()
    older = {key: valkey.client.dump(key) for key in valkey.client.keys("*u1*") + valkey.client.keys("email:*")}
    announce = erasure.erasures.announce

    def lose_the_removal(*args, **kwargs):
        for key, value in older.items():
            valkey.client.restore(key, 0, value, replace=True)
        return announce(*args, **kwargs)

    monkeypatch.setattr(erasure.erasures, "announce", lose_the_removal)
    with pytest.raises(RedisUnavailable, match="lost a part"):
        erasure.finish(erasing)
    assert public_receipt(erasing.token).state == "pending"
    assert not valkey.client.exists("email:a@example.com:userId")
    monkeypatch.undo()
    assert erasure.finish(erasing).state == "erased"
    assert valkey.data_keys() == [ERASED]
