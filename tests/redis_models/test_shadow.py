"""The shadow answers as the server does: the same scripts on the same data."""

from accounts.services import register_user
from chat.models import Message
from chat.services import save_conversation
from dashboard.services import update_mood_score
from redis_models import reader, shadow
from redis_models.journal import journal
from redis_models.snapshot import Snapshot, StoredKey, snapshot_from, snapshot_read
from redis_models.write import Outcome, Read

MESSAGE = Message("1", "user", "hello", "2026-11-23T08:00:00.000Z")
DASHBOARD_KEYS = tuple(f"user:u1:{name}" for name in ("stats", "conversations", "summaries", "active_days", "profile"))


def test_a_snapshot_holds_every_key_of_the_user(valkey):
    register_user(user_id="u1", email="a@example.com")
    save_conversation(user_id="u1", messages=[MESSAGE], title="First")
    update_mood_score(user_id="u1", score=6.5)
    taken = reader.fresh_snapshot("u1")
    held = {stored.name: stored.kind for stored in taken.stored}
    on_server = {key: valkey.client.type(key) for key in valkey.client.keys("user:u1:*") if ":conversation:" not in key}
    assert held == on_server
    assert taken.hash("user:u1:profile")["email"] == "a@example.com"
    assert taken.hash("user:u1:nothing") == {}


def test_the_shadow_answers_a_read_as_the_server_does(valkey):
    register_user(user_id="u1", email="a@example.com")
    saved = save_conversation(user_id="u1", messages=[MESSAGE], title="First")
    question = Read("u1", "dashboard.dashboard.1", DASHBOARD_KEYS, ("1795423341000",))
    of_conversation = tuple(
        f"user:u1:conversation:{saved.conversation_id}{part}" for part in ("", ":messages", ":message_ids")
    )
    whole = Read("u1", "chat.conversation.1", of_conversation)
    for each in (question, whole):
        taken = reader.known_snapshot("u1", also=each.keys)
        assert shadow.Shadow(taken).answer(each) == reader.answer(each).reply


def test_every_type_of_key_is_loaded(valkey):
    valkey.client.set("user:u1:erased", "5")
    valkey.client.rpush("extra", "b", "a")
    taken = reader.known_snapshot("u1", also=("extra",))
    kinds = {stored.name: (stored.kind, stored.elements) for stored in taken.stored}
    assert kinds == {"user:u1:erased": ("string", ("5",)), "extra": ("list", ("b", "a"))}
    assert shadow.Shadow(taken).answer(Read("u1", "accounts.owner.1", ("user:u1:erased",))) == "5"


def test_without_a_snapshot_only_the_waiting_writes_are_known(plan_write, profile_read):
    journal().append(plan_write())
    found = shadow.shadow_of("u1", snapshot=None, waiting=journal().ids_waiting("u1"))
    assert found.answer(profile_read())[:2] == ["plan", "plus"]


def test_a_write_is_judged_by_what_is_known(plan_write):
    erased = Snapshot(taken_ms=1, stored=(StoredKey("user:u1:erased", "string", ("9795423341000",)),))
    assert shadow.Shadow(erased).judge(plan_write()).outcome is Outcome.GONE
    fresh = shadow.Shadow(None)
    assert fresh.judge(plan_write()).outcome is Outcome.APPLIED
    assert fresh.judge(plan_write()).outcome is Outcome.DUPLICATE


def test_a_row_is_applied_to_a_kept_shadow_once(plan_write):
    journal().append(plan_write())
    first = shadow.shadow_of("u1", snapshot=None, waiting=journal().ids_waiting("u1"))
    journal().append(plan_write(plan="premium", at=1_795_423_342_000))
    again = shadow.shadow_of("u1", snapshot=None, waiting=journal().ids_waiting("u1"))
    assert again is first
    assert again.rows == journal().ids_waiting("u1")
    assert shadow.shadow_of("u1", snapshot=None, waiting=again.rows) is first


def test_a_shadow_is_built_anew_for_another_snapshot_or_when_a_row_has_left(plan_write, profile_read):
    journal().append(plan_write())
    first = shadow.shadow_of("u1", snapshot=None, waiting=journal().ids_waiting("u1"))
    taken = Snapshot(taken_ms=1, stored=(StoredKey("user:u1:profile", "hash", ("name", "Ann")),))
    second = shadow.shadow_of("u1", snapshot=taken, waiting=journal().ids_waiting("u1"))
    assert second is not first
    assert "Ann" in second.answer(profile_read())
    journal().settle(journal().waiting("u1"), {})
    third = shadow.shadow_of("u1", snapshot=taken, waiting=[])
    assert "plan" not in third.answer(profile_read())


def test_the_number_of_kept_shadows_is_bounded(plan_write, monkeypatch):
    monkeypatch.setattr(shadow, "KEPT_AT_MOST", 1)
    for user_id in ("u1", "u2"):
        journal().append(plan_write(user_id=user_id))
        shadow.shadow_of(user_id, snapshot=None, waiting=journal().ids_waiting(user_id))
    assert list(shadow._kept) == ["u2"]


def test_a_damaged_row_does_not_stop_the_shadow(plan_write, profile_read):
    journal().append(plan_write())
    with journal()._store.transaction() as db:
        db.execute("UPDATE rows SET body = CAST(replace(body, 'plus', 'plug') AS BLOB)")
    found = shadow.shadow_of("u1", snapshot=None, waiting=journal().ids_waiting("u1"))
    assert found.answer(profile_read()) == []


def test_a_user_too_large_for_a_snapshot_has_none(valkey, monkeypatch):
    monkeypatch.setattr("redis_models.snapshot.ELEMENTS_AT_MOST", 2)
    valkey.client.sadd("user:u1:active_days", "a", "b", "c")
    assert reader.fresh_snapshot("u1") is None
    assert snapshot_from(snapshot_read("u1"), ["too large"], taken_ms=1) is None


def test_text_that_is_not_utf8_is_readable_in_the_shadow_too(valkey, profile_read):
    valkey.client.hset("user:u1:profile", "name", b"\xff\xfe")
    taken = reader.fresh_snapshot("u1")
    assert shadow.Shadow(taken).answer(profile_read())[1] == "\ufffd\ufffd"


def test_a_set_is_loaded_too(valkey):
    valkey.client.sadd("extra", "a", "b")
    taken = reader.known_snapshot("u1", also=("extra",))
    assert shadow.Shadow(taken)._client.smembers("extra") == {"a", "b"}
