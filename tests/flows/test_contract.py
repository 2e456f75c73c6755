"""Rules of the contract that golden samples do not show."""

import re

import pytest

from dashboard.services import record_conversation
from tests.environment import SERVICE_KEY
from tests.support.people import TEXT

MESSAGE = {"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}


def message(number, content=TEXT, **fields):
    return MESSAGE | {"id": str(number), "content": content} | fields


@pytest.fixture
def save(trusted):
    """Save a chat of u1."""

    def send(messages=(MESSAGE,), *, key=None, **fields):
        headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
        body = {"userId": "u1", "messages": list(messages)} | fields
        return trusted.post("/api/chat/save", body, format="json", **headers)

    return send


@pytest.fixture
def register(trusted):
    """Register a user, anonymously or with a service key."""

    def send(user_id="u1", email="ann@example.com", *, service=False, **fields):
        headers = {"HTTP_AUTHORIZATION": f"Bearer {SERVICE_KEY}"} if service else {}
        body = {"userId": user_id, "email": email} | fields
        return trusted.post("/api/auth/register-user", body, format="json", **headers)

    return send


# --- registering


def test_registering_again_keeps_plan_and_joined_time_and_updates_the_name(valkey, register):
    first = register(name="Ann", service=True, plan="plus").json()["user"]
    second = register(name="Anna", service=True, plan="premium").json()["user"]
    assert (second["name"], second["plan"], second["joinedAt"]) == ("Anna", "plus", first["joinedAt"])


def test_the_plan_counts_only_with_a_service_key(valkey, register):
    assert register(plan="premium").json()["user"]["plan"] == "free"
    assert register("u2", "b@example.com", plan="premium", service=True).json()["user"]["plan"] == "premium"
    assert register("u3", "c@example.com", plan="gold", service=True).status_code == 400


def test_the_name_defaults_to_the_part_of_the_email_before_the_at(valkey, register):
    assert register(email="jane.doe@example.com").json()["user"]["name"] == "jane.doe"


@pytest.mark.parametrize(("user_id", "email"), [("u2", "Ann@Example.com"), ("u1", "other@example.com")])
def test_an_email_of_another_id_and_an_id_with_another_email_are_refused(valkey, register, user_id, email):
    register()
    before = {key: valkey.client.dump(key) for key in valkey.data_keys()}
    response = register(user_id, email)
    assert (response.status_code, response.json()) == (409, {"error": "Email is already registered"})
    assert {key: valkey.client.dump(key) for key in valkey.data_keys()} == before


@pytest.mark.parametrize(
    "fields",
    [{"email": "no email"}, {"user_id": "a b"}, {"user_id": 5}, {"email": ["a@b.de"]}, {"name": "a\nb"}, {"name": 5}],
)
def test_invalid_input_is_refused_and_nothing_is_written(valkey, register, fields):
    response = register(**fields)
    assert response.status_code == 400
    assert response.json()["error"].endswith((".", "characters"))
    assert valkey.data_keys() == []


def test_an_oauth_registration_is_the_same_operation(valkey, trusted):
    body = {"userId": "u1", "email": "Ann@Example.com"}
    response = trusted.post("/api/auth/register-oauth-user", body, format="json")
    assert response.json() == {"success": True}
    assert valkey.client.hget("user:u1:profile", "name") == "User"
    assert valkey.client.get("email:ann@example.com:userId") == "u1"


# --- saving


def test_a_chat_without_title_is_named_after_the_day(valkey, save):
    assert re.fullmatch(r"Chat - \d{1,2}/\d{1,2}/\d{4}", save().json()["title"])


def test_the_id_has_the_contracts_form(valkey, save):
    assert re.fullmatch(r"chat_\d{13}_[a-z0-9]{9}", save().json()["chatId"])
    assert re.fullmatch(r"chat_\d{13}_[a-z0-9]{9}", save(key="k").json()["chatId"])


def test_tags_are_the_given_ones_then_those_of_each_message_without_duplicates(valkey, save):
    messages = [
        message(1, "I am SAD and worried", emotion="empathetic"),
        message(2, "Breathing and 5-4-3-2-1, that was great"),
    ]
    assert save(messages, tags=["mine", "anxiety"]).json()["tags"] == [
        "mine", "anxiety", "depression", "empathetic", "breathing_exercise", "grounding", "celebration",
    ]  # fmt: skip


def test_the_same_request_key_is_the_same_chat(valkey, save, trusted):
    first, second = save(key="k1").json(), save(key="k1").json()
    assert first["chatId"] == second["chatId"]
    assert trusted.get("/api/chat/save?userId=u1").json()["count"] == 1


def test_a_request_key_reused_with_another_body_is_refused(valkey, save):
    save(key="k1")
    response = save(key="k1", title="Another")
    assert (response.status_code, response.json()) == (422, {"error": "Idempotency-Key was used with another body"})


def test_two_users_may_use_the_same_request_key(valkey, save):
    assert save(key="k1").json()["chatId"] != save(key="k1", userId="u2").json()["chatId"]


@pytest.mark.parametrize("key", ["x" * 256])
def test_a_request_key_that_is_too_long_is_refused(valkey, save, key):
    assert save(key=key).status_code == 400


def test_twenty_saves_that_share_message_ids_keep_every_message_once(valkey, save, trusted):
    for number in range(20):
        save([message(n) for n in range(number, number + 5)], chatId="c1")
    chat = trusted.get("/api/chat/save?userId=u1&chatId=c1").json()["chat"]
    assert sorted(int(each["id"]) for each in chat["messages"]) == list(range(24))
    assert trusted.get("/api/chat/save?userId=u1").json()["chats"][0]["messageCount"] == 24


def test_two_messages_with_the_same_id_in_one_body_are_both_kept(valkey, save, trusted):
    save([message(1, "first"), message(1, "second"), message(1, "third")], chatId="c1")
    save([message(1, "first"), message(1, "second"), message(1, "third")], chatId="c1")
    chat = trusted.get("/api/chat/save?userId=u1&chatId=c1").json()["chat"]
    assert [(each["id"], each["content"]) for each in chat["messages"]] == [
        ("1", "first"), ("1~2", "second"), ("1~3", "third"),
    ]  # fmt: skip


def test_messages_are_shown_in_the_order_of_their_time(valkey, save, trusted):
    later = message(1, timestamp="2026-11-23T09:00:00+00:00")
    save([later, message(2)], chatId="c1")
    chat = trusted.get("/api/chat/save?userId=u1&chatId=c1").json()["chat"]
    assert [each["id"] for each in chat["messages"]] == ["2", "1"]
    assert chat["messages"][1]["timestamp"] == "2026-11-23T09:00:00.000Z"


def test_a_save_onto_a_deleted_chat_is_refused(valkey, save, trusted):
    chat_id = save().json()["chatId"]
    for _ in range(2):
        deleted = trusted.delete(f"/api/chat/save?userId=u1&chatId={chat_id}")
        assert deleted.json() == {"success": True, "message": "Chat deleted successfully"}
    response = save(chatId=chat_id)
    assert (response.status_code, response.json()) == (409, {"error": "Chat was deleted"})
    assert trusted.get(f"/api/chat/save?userId=u1&chatId={chat_id}").status_code == 404
    shown = trusted.get("/api/dashboard?userId=u1").json()["data"]
    assert (shown["conversations"], shown["recent_conversations"]) == (0, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"messages": "text"},
        {"messages": [1]},
        {"messages": [{}]},
        {"messages": [MESSAGE | {"role": "system"}]},
        {"messages": [MESSAGE | {"id": 5}]},
        {"messages": [MESSAGE | {"id": ""}]},
        {"messages": [MESSAGE | {"timestamp": "yesterday"}]},
        {"messages": [MESSAGE | {"content": None}]},
        {"messages": [MESSAGE | {"emotion": "x" * 65}]},
    ],
)
def test_malformed_messages_are_refused(valkey, save, wrong):
    response = save(**wrong)
    assert (response.status_code, response.json()) == (400, {"error": "Invalid messages format"})
    assert valkey.data_keys() == []


@pytest.mark.parametrize(
    "wrong", [{"title": "x" * 201}, {"title": 5}, {"tags": "a"}, {"tags": [""]}, {"tags": [5]}, {"chatId": "a b"}]
)
def test_other_malformed_fields_are_refused(valkey, save, wrong):
    response = save(**wrong)
    assert response.status_code == 400
    assert next(iter(wrong)) in response.json()["error"]
    assert valkey.data_keys() == []


# --- lists


def test_the_list_is_newest_first_without_messages_and_full_on_demand(valkey, save, trusted):
    for chat_id, title in (("c1", "First"), ("c2", "Second")):
        save(title=title, chatId=chat_id)
    listed = trusted.get("/api/chat/save?userId=u1").json()
    assert [(chat["title"], chat["messages"]) for chat in listed["chats"]] == [("Second", []), ("First", [])]
    full = trusted.get("/api/chat/save?userId=u1&full=1").json()
    assert [len(chat["messages"]) for chat in full["chats"]] == [1, 1]


def test_a_chat_without_a_stored_conversation_does_not_hide_the_others_from_the_full_list(valkey, save, trusted):
    save(title="First", chatId="c1")
    record_conversation(user_id="u1", conversation_id="counted", summary="Counted, never saved")
    trusted.post("/api/v1/conversations", {"id": "made", "title": "Made"}, format="json", headers={"x-user-id": "u1"})
    save(title="Last", chatId="c2")
    answer = trusted.get("/api/chat/save?userId=u1&full=1")
    assert answer.status_code == 200
    shown = [(chat["title"], len(chat["messages"])) for chat in answer.json()["chats"]]
    assert (shown, answer.json()["count"]) == ([("Last", 1), ("Made", 0), ("First", 1)], 3)


def test_a_chat_that_vanished_after_it_was_listed_does_not_hide_the_others_from_the_full_list(valkey, save, trusted):
    for chat_id in ("c1", "c2", "c3"):
        save(title=chat_id, chatId=chat_id)
    valkey.client.delete("user:u1:conversation:c2")
    answer = trusted.get("/api/chat/save?userId=u1&full=1")
    assert answer.status_code == 200
    assert [chat["title"] for chat in answer.json()["chats"]] == ["c3", "c1"]
    assert answer.json()["count"] == 2


def test_the_list_has_at_most_a_hundred_chats_and_counts_all(valkey, save, trusted):
    for number in range(105):
        save(chatId=f"c{number}")
    listed = trusted.get("/api/chat/save?userId=u1").json()
    assert (len(listed["chats"]), listed["count"]) == (100, 105)


# --- plans


def test_the_plan_is_always_that_of_the_profile(valkey, register, service):
    register()
    valkey.client.hset("user:u1:stats", "plan", "Premium")
    assert service.get("/api/dashboard?userId=u1").json()["data"]["plan"] == "Free"
    service.patch("/api/plan?userId=u1", {"plan": "pLuS"}, format="json")
    assert service.get("/api/user/plan?email=ann@example.com").json() == {"plan": "plus", "found": True}
    assert service.get("/api/dashboard?userId=u1").json()["data"]["plan"] == "Plus"


def test_an_unknown_plan_is_refused(valkey, service):
    response = service.patch("/api/plan?userId=u1", {"plan": "Gold"}, format="json")
    assert (response.status_code, response.json()) == (400, {"error": "Plan must be one of: Free, Plus, Premium"})


def test_a_plan_is_changed_with_a_service_key_only(valkey, trusted):
    response = trusted.patch("/api/plan?userId=u1", {"plan": "Premium"}, format="json")
    assert response.status_code == 403
    assert valkey.data_keys() == []


# --- callers


def test_requests_without_a_credential_are_refused(valkey, client):
    for method, path in [
        ("get", "/api/dashboard?userId=u1"),
        ("get", "/api/chat/save?userId=u1"),
        ("post", "/api/chat/save"),
        ("delete", "/api/chat/save?userId=u1&chatId=c1"),
        ("post", "/api/auth/register-user"),
        ("post", "/api/auth/register-oauth-user"),
        ("patch", "/api/plan?userId=u1"),
        ("get", "/api/user/plan?email=a@example.com"),
    ]:
        body = {"userId": "u1", "email": "a@example.com", "messages": [MESSAGE], "plan": "Plus"}
        content = {} if method in ("get", "delete") else {"data": body, "content_type": "application/json"}
        response = getattr(client, method)(path, **content)
        assert response.status_code == 401, path
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert "error" in response.json()
    assert valkey.data_keys() == []


def test_a_wrong_key_is_refused_and_not_repeated(valkey, client):
    response = client.get("/api/dashboard?userId=u1", headers={"Authorization": "Bearer aira_sk_wrong"})
    assert response.status_code == 401
    assert "aira_sk_wrong" not in response.content.decode()


def test_the_user_may_be_named_by_a_header(valkey, service):
    assert service.get("/api/dashboard", headers={"x-user-id": "u1"}).status_code == 200
    assert valkey.client.exists("user:u1:stats")


def test_a_request_with_a_service_key_but_no_user_is_refused_with_the_reason(valkey, service):
    for send in (service.get, service.post, service.delete):
        path = "/api/chat/save"
        response = send(path, {"messages": [MESSAGE]}, format="json") if send is service.post else send(path)
        assert (response.status_code, response.json()) == (400, {"error": "User ID is required"})


# --- bodies


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json", ""])
def test_any_content_type_is_read_as_json(valkey, trusted, content_type):
    body = b'{"userId": "u1", "email": "a@example.com"}'
    response = trusted.generic("POST", "/api/auth/register-user", body, content_type=content_type)
    assert response.status_code == 200, response.content


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a": "\\ud800"}', b'{"a":' * 90_000])
def test_a_body_that_is_not_json_is_reported(valkey, trusted, body):
    response = trusted.generic("POST", "/api/chat/save", body, content_type="application/json")
    assert (response.status_code, response.json()) == (400, {"error": "Invalid JSON"})


def test_a_body_that_is_not_an_object_is_reported(valkey, trusted):
    response = trusted.generic("POST", "/api/chat/save", b"[1]", content_type="application/json")
    assert (response.status_code, response.json()) == (400, {"error": "The body must be a JSON object"})


def test_a_large_chat_is_saved_and_one_that_is_too_large_is_refused(valkey, save):
    assert save([message(n, "x" * 1000) for n in range(1000)]).json()["messageCount"] == 1000
    assert save([message(1, "x" * 9_000_000)]).status_code == 413


def test_if_the_journal_cannot_keep_a_save_the_answer_says_that_only_redis_has_it(valkey, trusted, settings, tmp_path):
    (tmp_path / "file").touch()
    settings.AIRA_DATA_DIR = tmp_path / "file" / "data"
    message = {"id": "1", "role": "user", "content": "x", "timestamp": "2026-11-23T08:00:00.000Z"}
    saved = trusted.post("/api/chat/save", {"userId": "u1", "messages": [message]}, format="json").json()
    assert (saved["success"], saved["durable"], "pending" in saved) == (True, "server", False)
