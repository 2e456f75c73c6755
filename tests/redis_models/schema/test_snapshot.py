from accounts.services import register_user
from chat.models import Message
from chat.services import save_conversation
from dashboard.services import update_mood_score
from redis_models.offline import view
from redis_models.schema import email_keys, keys
from redis_models.schema.parts import keys_of_part, parts_of
from redis_models.schema.snapshot import Part, Snapshot, snapshot_from
from tests.support.people import TEXT

MESSAGE = Message("1", "user", TEXT, "2026-11-23T08:00:00.000Z")


def test_a_snapshot_holds_every_key_of_the_parts_asked_for(valkey):
    register_user(user_id="u1", email="a@example.com")
    save_conversation(user_id="u1", messages=[MESSAGE], title="First", conversation_id="c1")
    update_mood_score(user_id="u1", score=6.5)
    taken = view.fresh_snapshot("u1", ["", "c1"])
    held = {stored.name: stored.kind for stored in taken.stored}
    assert held == {key: valkey.client.type(key) for key in valkey.client.keys("user:u1:*")}
    assert taken.hash("user:u1:profile")["email"] == "a@example.com"
    assert taken.hash("user:u1:nothing") == {}
    assert [part.name for part in taken.only(["c1"]).parts] == ["c1"]


def test_the_oldest_part_says_how_old_it_is():
    assert Snapshot((Part("", 7, ()), Part("c1", 5, ()))).as_of_ms == 5


def test_keys_belong_to_the_users_own_part_to_a_conversation_or_to_themselves():
    touched = (*keys.of_user("u1"), *keys.of_conversation("u1", "c1"), email_keys.claim("a@example.com"))
    assert parts_of("u1", touched) == ("", "c1", "email:a@example.com:userId")
    assert parts_of("u1", ()) == ("",)
    for part in parts_of("u1", touched):
        assert set(parts_of("u1", keys_of_part("u1", part))) == {"", part}


def test_credentials_and_sessions_belong_to_no_part():
    assert parts_of("u1", (keys.credential("u1"), keys.sessions("u1"), *keys.of_conversation("u1", "c1"))) == ("", "c1")


def test_a_user_with_too_much_data_has_no_snapshot(valkey, monkeypatch):
    monkeypatch.setattr("redis_models.schema.snapshot.ELEMENTS_AT_MOST", 2)
    valkey.client.sadd("user:u1:active_days", "a", "b", "c")
    assert view.fresh_snapshot("u1", [""]) is None
    assert snapshot_from("u1", [""], ["too large"], taken_ms=1) is None
