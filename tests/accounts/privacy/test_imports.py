"""An import that is applied again, or late, brings nothing back that was deleted since."""

import io
import json

import pytest

from accounts import writes
from accounts.claims import owner_of
from accounts.privacy import imports
from accounts.privacy.export import export_lines
from accounts.services import register_user
from chat.models import Message
from chat.services import delete_conversation, save_conversation
from dashboard.services import delete_user_stats
from redis_models.budget import budget
from redis_models.health.clock import now_ms
from redis_models.replay.drain import drain
from redis_models.schema import keys
from redis_models.writer import submit
from tests.support.people import TEXT

EMAIL = "a@example.com"
MESSAGE = Message("1", "user", TEXT, "2026-11-23T08:00:00.000Z")
MEMBER = json.dumps({"id": "a", "score": 4, "timestamp": "2026-11-20T08:00:00.000Z"}, separators=(",", ":"))


def importing(kind, key, *elements, conversation="", token="t1", at=None):
    at = now_ms() if at is None else at
    target = {"all_keys": [key], "kind": kind, "elements": elements, "conversation": conversation}
    return writes.importing(user_id="u1", token=token, at=at, **target)


def test_an_import_that_is_applied_again_adds_nothing_that_was_removed_since(valkey):
    write = importing("hash", keys.profile("u1"), "email_conflict", "a@example.com")
    assert submit(write).reply == ("1",)
    valkey.client.hdel(keys.profile("u1"), "email_conflict")
    again = submit(write)
    assert (again.outcome, again.reply) == ("duplicate", ("1",))
    assert not valkey.client.exists(keys.profile("u1"))
    assert 0 < valkey.client.ttl(keys.imported("u1")) <= 30 * 24 * 3600


@pytest.mark.parametrize(
    ("kind", "key", "elements", "conversation"),
    [
        ("hash", keys.of_conversation("u1", "c1")[0], ("title", "One"), "c1"),
        ("hash", keys.summaries("u1"), ("c1", "{}"), "*"),
        ("zset", keys.conversations("u1"), ("c1", "1"), "*"),
        ("moods", keys.mood_history("u1"), (MEMBER, "1"), ""),
        ("stats", keys.stats("u1"), ("conversations_base", "7"), ""),
    ],
)
def test_what_was_deleted_before_a_late_import_stays_deleted(valkey, kind, key, elements, conversation):
    delete_conversation(user_id="u1", conversation_id="c1")
    valkey.client.hset(keys.moods("u1"), "a", "")
    delete_user_stats(user_id="u1")
    before = valkey.client.dump(key)
    late = importing(kind, key, *elements, conversation=conversation, at=now_ms() - 60_000)
    assert submit(late).reply == ("0",)
    assert valkey.client.dump(key) == before


@pytest.fixture
def claim():
    return writes.email_claiming(user_id="u1", token="t1", email=EMAIL, at=now_ms())


def test_a_claim_of_an_import_that_is_applied_again_takes_no_email_that_was_released_since(valkey, claim):
    assert [submit(claim).reply, submit(claim).reply] == [("1",), ("1",)]
    assert submit(writes.email_release(user_id="u1", email=EMAIL, at=now_ms())).outcome == "applied"
    again = submit(claim)
    assert (again.outcome, again.reply) == ("gone", ("superseded",))
    assert owner_of(EMAIL) is None
    assert register_user(user_id="u2", email=EMAIL).profile.email == EMAIL
    assert drain().dead_letters == 0
    assert owner_of(EMAIL) == "u2"


def test_a_claim_of_an_import_that_is_refused_leaves_no_row_so_the_owner_can_register_again(valkey, claim):
    register_user(user_id="u2", email=EMAIL)
    refused = submit(claim)
    assert (refused.outcome, refused.reply) == ("conflict", ("email",))
    assert register_user(user_id="u2", email=EMAIL).profile.email == EMAIL


def test_an_erasure_removes_what_is_known_of_older_imports_and_of_no_newer_one(valkey):
    at = now_ms()
    for token, when in (("older", at - 1), ("same time", at), ("newer", at + 1)):
        submit(importing("set", keys.affirmations("u1"), token=token, at=when))
    submit(writes.erasure(user_id="u1", ids=(), at=at))
    assert valkey.client.hgetall(keys.imported("u1")) == {"newer": f"{at + 1} 0"}


def test_entries_of_the_history_that_are_no_moods_or_valid_moods_are_imported(valkey):
    valkey.client.hset(keys.moods("u1"), "a", f"0 1 {MEMBER}")
    corrected = MEMBER.replace("4", "5", 1)
    members = (MEMBER, "1", corrected, "2", "not JSON", "3", "[]", "4", '{"id":5}', "5", '{"id":"b"}', "6")
    assert submit(importing("moods", keys.mood_history("u1"), *members)).reply == ("5",)
    assert valkey.client.zscore(keys.mood_history("u1"), corrected) is None


def test_an_import_may_take_longer_than_one_request(valkey):
    save_conversation(user_id="u1", messages=[MESSAGE], conversation_id="c1")
    document = io.BytesIO(b"".join(export_lines(user_id="u1")))
    with budget(0.0):
        assert imports.import_document(document, user_id="u2").added > 0
