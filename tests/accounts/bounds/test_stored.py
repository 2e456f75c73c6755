"""A user stores as much as the plan includes. What is stored counts once, and all but writing works above the bound."""

import io
import json

import pytest
from rest_framework.test import APIClient

from accounts import services
from accounts.bounds import last_users, stored
from accounts.bounds.stored import note_affirmation, require_room, stored_of
from accounts.errors import StorageFull
from accounts.models import Plan
from accounts.plans import ALLOWANCES, Allowance
from accounts.privacy import imports
from accounts.privacy.export import export_lines
from chat.models import Message
from chat.services import append_messages, create_conversation, delete_conversation, save_conversation
from dashboard.services import delete_user_stats, track_affirmation, update_mood_score
from redis_models.operations.write import Receipt
from redis_models.schema import keys
from redis_models.testing import fresh_host
from tests.support.commands import counted

TIME = "2026-11-23T08:00:00.000Z"


def talk(content, *, user_id="u1", chat_id="c1", message_id="1"):
    message = Message(message_id, "user", content, TIME)
    return save_conversation(user_id=user_id, messages=[message], conversation_id=chat_id)


def truth(valkey, user_id="u1"):
    """Return the size that the user's data have, counted from the stored data alone."""
    client, bytes_of = valkey.client, lambda text: len(text.encode())
    total = 1024 * client.zcard(keys.affirmations(user_id))
    total += sum(map(bytes_of, client.zrange(keys.mood_history(user_id), 0, -1)))
    for chat_id, summary in client.hgetall(keys.summaries(user_id)).items():
        messages = client.lrange(keys.of_conversation(user_id, chat_id)[1], 0, -1)
        total += bytes_of(summary) + sum(map(bytes_of, messages))
    return total


@pytest.fixture
def plans(monkeypatch):
    """Plans that include little."""
    sizes = {Plan.FREE: 10_000, Plan.PLUS: 20_000, Plan.PREMIUM: 40_000}
    small = {plan: Allowance(5, 7, size) for plan, size in sizes.items()}
    monkeypatch.setattr(stored, "ALLOWANCES", small)
    monkeypatch.setattr(stored, "LEAST_BYTES", 10_000)
    return small


@pytest.fixture
def client(settings):
    settings.AIRA_AUTH = "trusted"
    return APIClient()


def save(client, size, **fields):
    message = {"id": "1", "role": "user", "content": "x" * size, "timestamp": TIME}
    return client.post("/api/chat/save", {"userId": "u1", "messages": [message], **fields}, format="json")


def test_the_size_follows_every_write(valkey):
    def measured():
        found = stored_of("u1").bytes
        assert found == truth(valkey)
        return found

    assert measured() == 0
    talk("ü" * 1000)
    once = measured()
    talk("ü" * 1000)
    assert measured() == once
    talk("more", message_id="2")
    append_messages(user_id="u1", conversation_id="c1", messages=[Message("3", "user", "x" * 500, TIME)])
    create_conversation(user_id="u1", conversation_id="c2", title="T" * 100)
    update_mood_score(user_id="u1", score=4, note="n" * 300, mood_id="a")
    track_affirmation(user_id="u1", text="You may rest.")
    assert measured() > once + 500
    delete_user_stats(user_id="u1")
    assert measured() > once + 500
    delete_conversation(user_id="u1", conversation_id="c1")
    assert measured() < once


def test_the_replies_of_writes_tell_the_size_so_nothing_is_asked(valkey):
    saved = talk("hello")
    assert int(saved.receipt.reply[-1]) == truth(valkey)
    receipt = append_messages(user_id="u1", conversation_id="c1", messages=[Message("2", "user", "x", TIME)])
    assert int(receipt.reply[-1]) == truth(valkey)
    assert int(update_mood_score(user_id="u1", score=4).reply[-1]) == truth(valkey)


def test_data_of_an_earlier_release_are_measured_with_the_next_write(valkey):
    talk("x" * 5000)
    summary = json.loads(valkey.client.hget(keys.summaries("u1"), "c1"))
    del summary["bytes"]
    valkey.client.hset(keys.summaries("u1"), "c1", json.dumps(summary, separators=(",", ":")))
    valkey.client.hdel(keys.stats("u1"), "conversation_bytes")
    assert stored_of("u1").bytes < 1000
    talk("hello", chat_id="c2")
    talk("more", message_id="2")
    assert stored_of("u1").bytes == truth(valkey) > 5000


def test_messages_that_came_by_another_way_are_measured_with_the_next_write(valkey):
    talk("x" * 100)
    _, messages, ids, _ = keys.of_conversation("u1", "c1")
    valkey.client.rpush(messages, json.dumps({"id": "9", "content": "y" * 3000}))
    valkey.client.hset(ids, "9", "1")
    talk("more", message_id="2")
    assert stored_of("u1").bytes == truth(valkey) > 3000


def test_what_is_imported_counts_too(valkey):
    for number in range(45):
        talk("x" * 100 * number, chat_id=f"c{number}")
    update_mood_score(user_id="u1", score=4, note="well")
    document = io.BytesIO(b"".join(export_lines(user_id="u1")))
    talk("own", user_id="u2", chat_id="own")
    own = stored_of("u2").bytes
    for _ in range(2):
        imports.import_document(document, user_id="u2")
        assert stored_of("u2").bytes == truth(valkey, "u2") == stored_of("u1").bytes + own > 90_000


def test_an_import_ends_when_the_bound_is_reached(valkey, plans):
    for number in range(9):
        talk("x" * 5000, chat_id=f"c{number}")
    document = io.BytesIO(b"".join(export_lines(user_id="u1")))
    with pytest.raises(StorageFull):
        imports.import_document(document, user_id="u2")
    assert stored_of("u2").bytes == truth(valkey, "u2") < 23_000


def test_one_account_that_saves_chats_is_refused_at_its_bound_and_keeps_what_it_has(valkey, client, plans):
    answers = [save(client, 3000, chatId=f"c{number}") for number in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [413] * 4
    assert "stored data" in answers[-1].json()["error"]
    assert truth(valkey) == stored_of("u1").bytes < 14_000


def test_one_account_that_notes_moods_or_appends_is_refused_at_its_bound(valkey, client, plans):
    mood = {"score": 4, "note": "ü" * 1900}
    codes = [client.post("/api/v1/moods?userId=u1", mood, format="json").status_code for _ in range(5)]
    assert codes == [201, 201, 201, 413, 413]
    problem = client.post("/api/v1/conversations/c1/messages?userId=u1", {"messages": []}, format="json").json()
    assert problem["code"] == "storage_full"


def test_one_account_that_tracks_affirmations_is_refused_at_its_bound(valkey, client, plans):
    def track(number):
        sent = {"userId": "u1", "affirmationText": str(number)}
        return client.post("/api/affirmations/track", sent, format="json").status_code

    assert [track(number) for number in range(12)] == [200] * 10 + [413] * 2


def test_above_the_bound_reading_deleting_and_exporting_work_and_deleting_makes_room(valkey, client, plans, service):
    for number in range(4):
        save(client, 3000, chatId=f"c{number}")
    assert save(client, 1).status_code == 413
    assert client.get("/api/dashboard?userId=u1").status_code == 200
    assert client.get("/api/chat/save?userId=u1&chatId=c1").status_code == 200
    assert b"".join(service.get("/api/v1/users/me/export?userId=u1").streaming_content)
    assert client.delete("/api/chat/save?userId=u1&chatId=c1").status_code == 200
    assert save(client, 1).status_code == 200
    assert service.delete("/api/v1/users/me?userId=u1").status_code == 200
    assert save(client, 1).status_code == 200


def test_another_process_refuses_with_its_first_large_or_second_small_request(valkey, client, plans):
    for number in range(4):
        save(client, 3000, chatId=f"c{number}")
    with fresh_host():
        assert save(client, 70_000).status_code == 413
    with fresh_host():
        assert [save(client, 1).status_code for _ in range(2)] == [200, 413]


def test_a_higher_plan_has_room_at_once_and_is_asked_for_once_a_minute(valkey, client, plans, service, monkeypatch):
    for number in range(4):
        save(client, 3000, chatId=f"c{number}")
    assert save(client, 1).status_code == 413
    services.change_plan(user_id="u1", plan=Plan.PLUS)
    assert save(client, 1).status_code == 200
    with counted(valkey) as commands:
        assert save(client, 1).status_code == 200
    assert commands == ["EVALSHA"]
    later = stored.now_ms() + 61_000
    monkeypatch.setattr(stored, "now_ms", lambda: later)
    with counted(valkey) as commands:
        assert save(client, 1).status_code == 200
    assert commands == ["EVALSHA"] * 2


def test_in_an_outage_what_is_known_decides(valkey, client, plans):
    for number in range(4):
        save(client, 3000, chatId=f"c{number}")
    save(client, 1)
    valkey.stop()
    assert save(client, 1).status_code == 413
    assert client.post("/api/chat/save", {"userId": "u2", "messages": []}, format="json").status_code == 400
    with fresh_host():
        require_room("u9", body_bytes=1_000_000)
        note_affirmation("u9")


def test_only_the_last_users_are_kept_in_memory(valkey, monkeypatch):
    stored_of("u9")
    monkeypatch.setattr(last_users, "USERS_AT_MOST", 2)
    for user_id in ("u1", "u2", "u3"):
        stored.learn(user_id, Receipt("applied", (str(ALLOWANCES[Plan.FREE].stored_bytes),)))
    with counted(valkey) as commands:
        require_room("u1", body_bytes=1)
    assert commands == []
    with counted(valkey) as commands:
        require_room("u3", body_bytes=1)
    assert commands == ["EVALSHA"]
