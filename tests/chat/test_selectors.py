import pytest

from chat import writes
from chat.models import Message
from chat.selectors import conversation, conversations, whole_conversations
from chat.services import delete_conversation, save_conversation
from redis_models.background import housekeeping
from redis_models.errors import NotFound, RedisUnavailable
from redis_models.journal import journal
from tests.redis_models import journal_file
from tests.support.people import TEXT

MESSAGE = Message("1", "user", TEXT, "2026-11-23T08:00:00.000Z")


def save(cid):
    save_conversation(user_id="u1", messages=[MESSAGE], conversation_id=cid)


def test_without_redis_a_pending_conversation_is_complete(valkey):
    valkey.stop()
    save("c1")
    assert [each["id"] for each in conversation(user_id="u1", conversation_id="c1").messages] == ["1"]


def test_without_redis_an_unknown_conversation_is_unavailable(valkey):
    valkey.stop()
    with pytest.raises(RedisUnavailable):
        conversation(user_id="u1", conversation_id="c1")


def test_without_redis_a_recently_seen_conversation_is_complete(valkey):
    save("c1")
    housekeeping.housekeep_once()
    valkey.stop()
    found = conversation(user_id="u1", conversation_id="c1")
    assert [each["id"] for each in found.messages] == ["1"]
    assert not found.answer.is_live


def test_without_redis_an_older_conversation_is_unavailable_and_a_missing_one_is_not_found(valkey):
    save("old")
    housekeeping.housekeep_once()
    journal_file.change("DELETE FROM snapshots WHERE part = 'old'")
    valkey.stop()
    with pytest.raises(RedisUnavailable):
        conversation(user_id="u1", conversation_id="old")
    with pytest.raises(NotFound):
        conversation(user_id="u1", conversation_id="never")


def test_a_conversation_deleted_after_it_was_listed_is_left_out_and_the_others_are_complete(valkey):
    for conversation_id in ("c1", "c2", "c3"):
        save(conversation_id)
    listed = [each["id"] for each in conversations(user_id="u1").summaries]
    delete_conversation(user_id="u1", conversation_id="c2")
    found = whole_conversations(user_id="u1", ids=listed)
    assert [(key, len(whole.messages)) for key, whole in found.items()] == [("c3", 1), ("c1", 1)]


def test_without_redis_a_conversation_that_cannot_be_read_is_an_error_and_is_not_left_out(valkey):
    save("old")
    housekeeping.housekeep_once()
    journal_file.change("DELETE FROM snapshots WHERE part = 'old'")
    valkey.stop()
    with pytest.raises(RedisUnavailable):
        whole_conversations(user_id="u1", ids=["old"])


def test_while_a_write_is_pending_and_redis_answers_the_complete_conversation_is_shown(valkey):
    save("c1")
    second = Message("2", "assistant", "hi", "2026-11-23T08:01:00.000Z")
    journal().rows.keep(
        writes.save(
            user_id="u1",
            conversation_id="c1",
            title="T",
            tags=(),
            messages=[second],
            request_key=None,
            at=1_795_423_341_000,
        ),
        row_id=None,
    )
    assert [each["id"] for each in conversation(user_id="u1", conversation_id="c1").messages] == ["1", "2"]
