"""A shadow gives the same answers as the server: the same scripts run on the same data."""

import pytest

from accounts.services import register_user
from chat.models import Message
from chat.selectors import conversations
from chat.services import save_conversation
from redis_models import reader
from redis_models.health import registry
from redis_models.journal import journal
from redis_models.journal.clock import now_ms
from redis_models.offline import shadow, view
from redis_models.operations.read import Read
from redis_models.operations.write import Outcome, Write
from redis_models.schema.codec import ms_from_iso
from redis_models.schema.snapshot import Part, Snapshot, StoredKey
from tests.redis_models import journal_file
from tests.support.people import TEXT

MESSAGE = Message("1", "user", TEXT, "2026-11-23T08:00:00.000Z")
DASHBOARD_KEYS = tuple(f"user:u1:{name}" for name in ("stats", "conversations", "summaries", "active_days", "profile"))


@pytest.fixture
def found():
    """Return the user's shadow for a read without Redis."""
    return lambda *parts: view.shadow_of("u1", ("", *parts), is_reachable=False)


def snapshot(*stored, taken_ms=1, name=""):
    return Snapshot((Part(name, taken_ms, stored),))


def test_the_shadow_answers_a_read_as_the_server_does(valkey):
    register_user(user_id="u1", email="a@example.com")
    save_conversation(user_id="u1", messages=[MESSAGE], title="First", conversation_id="c1")
    question = Read("u1", "dashboard.dashboard.1", DASHBOARD_KEYS, ("1795423341000",))
    of_conversation = tuple(f"user:u1:conversation:c1{part}" for part in ("", ":messages", ":message_ids"))
    whole = Read("u1", "chat.conversation.1", of_conversation)
    taken = view.fresh_snapshot("u1", ["", "c1"])
    for each in (question, whole):
        assert shadow.Shadow(taken).answer(each) == reader.answer(each).reply


def test_every_type_of_key_is_loaded(valkey):
    valkey.client.set("user:u1:erased", "5")
    valkey.client.rpush("extra:list", "b", "a")
    taken = view.fresh_snapshot("u1", ["", "extra:list"])
    kinds = {stored.name: (stored.kind, stored.elements) for stored in taken.stored}
    assert kinds == {"user:u1:erased": ("string", ("5",)), "extra:list": ("list", ("b", "a"))}
    read = Read("u1", "accounts.owner.1", ("user:u1:erased", "nobody"))
    assert shadow.Shadow(taken).answer(read)[0] == "5"


def test_without_a_snapshot_only_pending_writes_are_known(plan_write, profile_read, keep, found):
    keep(plan_write())
    assert found().answer(profile_read())[:2] == ["plan", "plus"]


def test_a_write_is_judged_by_the_shadow(plan_write):
    erased = snapshot(StoredKey("user:u1:erased", "string", ("9795423341000",)))
    assert shadow.Shadow(erased).judge(plan_write()).outcome is Outcome.GONE
    fresh = shadow.Shadow(None)
    assert fresh.judge(plan_write()).outcome is Outcome.APPLIED
    assert fresh.judge(plan_write()).outcome is Outcome.DUPLICATE


def test_a_row_is_applied_to_a_kept_shadow_once(plan_write, keep, found):
    first_row = keep(plan_write())
    first = found()
    second_row = keep(plan_write(plan="premium", at=1_795_423_342_000))
    assert found() is first
    assert set(first.rows) == {first_row, second_row}
    assert found() is first


def test_a_shadow_is_rebuilt_for_another_snapshot_or_if_a_row_has_left(plan_write, profile_read, keep, found):
    row = keep(plan_write())
    first = found()
    journal().snapshots.keep({"u1": snapshot(StoredKey("user:u1:profile", "hash", ("name", "Ann")))}, since=0)
    second = found()
    assert second is not first
    assert {"Ann", "plus"} <= set(second.answer(profile_read()))
    journal().queue.settle([row], {}, {})
    assert "plus" not in found().answer(profile_read())


def test_a_conversation_is_added_to_the_shadow_when_it_is_requested(found, keep, plan_write):
    keep(plan_write())
    journal().snapshots.keep({"u1": snapshot()}, since=0)
    journal().snapshots.keep(
        {"u1": snapshot(StoredKey("user:u1:conversation:c1", "hash", ("id", "c1")), name="c1")}, since=0
    )
    first = found()
    second = found("c1")
    assert (set(first.taken_ms), set(second.taken_ms)) == ({""}, {"", "c1"})
    assert found() is second
    assert found("c2") is second


def test_a_damaged_row_does_not_stop_the_shadow(plan_write, profile_read, keep, found):
    keep(plan_write())
    journal_file.change("UPDATE rows SET body = x'00'")
    assert found().answer(profile_read()) == []


def test_text_that_is_not_utf8_is_readable_in_the_shadow(valkey, profile_read):
    valkey.client.hset("user:u1:profile", "name", b"\xff\xfe")
    taken = view.fresh_snapshot("u1", [""])
    assert shadow.Shadow(taken).answer(profile_read())[1] == "\ufffd\ufffd"


def test_a_set_is_loaded(valkey):
    valkey.client.sadd("extra:set", "a", "b")
    taken = view.fresh_snapshot("u1", ["", "extra:set"])
    ((_, kind, members),) = shadow.Shadow(taken).redis.stored()
    assert (kind, set(members)) == ("set", {"a", "b"})


def test_a_row_that_cannot_be_applied_does_not_hide_others(plan_write, profile_read, keep, found, caplog):
    keep(Write("u1", "nowhere.at_all.1", (), (), 1))
    keep(plan_write())
    assert found().answer(profile_read())[:2] == ["plan", "plus"]
    assert "cannot be shown" in caplog.text


def test_the_shadow_uses_the_servers_clock(valkey):
    for breaker in registry.breakers().values():
        breaker.probe_answered(clock_offset_ms=300_000, refusal="")
    valkey.stop()
    save_conversation(user_id="u1", messages=[MESSAGE], title="Late here", conversation_id="c1")
    (summary,) = conversations(user_id="u1").summaries
    assert ms_from_iso(summary["createdAt"]) == pytest.approx(now_ms() + 300_000, abs=10_000)
