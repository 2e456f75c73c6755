import pytest

from dashboard.services import record_conversation, stats_in, update_mood_score
from redis_models.errors import Invalid
from redis_models.operations.write import Outcome


@pytest.mark.parametrize("score", [-0.1, 10.1, "5", None, True, float("nan")])
def test_a_score_that_is_not_a_number_from_0_to_10_is_refused(valkey, score):
    with pytest.raises(Invalid, match="Mood score must be a number between 0 and 10"):
        update_mood_score(user_id="u1", score=score)
    assert valkey.keys() == []


def test_a_note_that_is_too_long_is_refused(valkey):
    with pytest.raises(Invalid, match="note must be at most"):
        update_mood_score(user_id="u1", score=5, note="x" * 2001)


def test_the_same_entry_again_is_a_duplicate(valkey):
    entry = {"user_id": "u1", "score": 6.5, "mood_id": "m1", "at": 1_795_423_341_000}
    assert update_mood_score(**entry).outcome is Outcome.APPLIED
    assert update_mood_score(**entry).outcome is Outcome.DUPLICATE
    assert valkey.client.zrange("user:u1:mood_history", 0, -1) == [
        '{"id":"m1","score":6.5,"timestamp":"2026-11-23T08:42:21.000Z"}'
    ]


def test_the_receipt_carries_the_stats(valkey):
    stats = stats_in(record_conversation(user_id="u1", conversation_id="c1", summary="Monday"))
    assert (stats.conversations, stats.recent_conversations[0].summary) == (1, "Monday")


def test_an_invalid_conversation_id_is_refused(valkey):
    with pytest.raises(Invalid, match="chatId must be"):
        record_conversation(user_id="u1", conversation_id="a b", summary="x")


def test_a_deleted_conversation_is_not_counted_again(valkey):
    valkey.client.zadd("user:u1:deleted", {"c1": 1})
    receipt = record_conversation(user_id="u1", conversation_id="c1", summary="x")
    assert receipt.outcome is Outcome.GONE
    assert stats_in(receipt).conversations == 0
