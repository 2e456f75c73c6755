"""Conversations and messages under /api/v1: pages in both directions, and concurrent appends."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from api.answers.pages import Cursor, encoded
from chat import writes
from chat.models import Message
from chat.services import append_messages, create_conversation, save_conversation
from redis_models.operations.scripts import script
from tests.support.commands import counted, elements_read, watched

BASE = 1_795_423_341_000


@pytest.fixture
def api(trusted):
    """Call /api/v1 as u1."""

    class Api:
        def __call__(self, method, path="", body=None, **headers):
            send = getattr(trusted, method)
            given = {} if body is None else {"data": body, "format": "json"}
            return send(f"/api/v1/conversations{path}", headers={"x-user-id": "u1"} | headers, **given)

        def pages(self, path, *, cursor="nextCursor"):
            """Return all pages from the first one on."""
            found, place = [], ""
            while place is not None:
                page = self("get", f"{path}{'&' if '?' in path else '?'}{f'cursor={place}' if place else ''}").json()
                found.append(page["items"])
                place = page[cursor]
            return found

    return Api()


def message(number, at=BASE):
    return Message(f"m{number}", "user", f"text {number}", "2026-11-23T08:00:00.000Z")


def create_many(count, *, same_ms=False):
    for number in range(count):
        at = BASE if same_ms else BASE + number // 3
        create_conversation(user_id="u1", conversation_id=f"c{number:04}", title=f"Title {number}", at=at)


def test_a_conversation_is_created_read_renamed_tagged_archived_and_deleted(valkey, api):
    made = api("post", body={"title": "Monday", "tags": ["work", "work"]})
    assert (made.status_code, made.json()["state"]) == (201, "stored")
    place = "/" + made.json()["id"]
    assert made["Location"].endswith(place)
    read = api("get", place).json()
    assert (read["title"], read["tags"], read["messageCount"], read["archived"]) == ("Monday", ["work"], 0, False)
    assert api("patch", place, {"title": "Tuesday", "archived": True}).json()["title"] == "Tuesday"
    changed = api("get", place).json()
    assert (changed["title"], changed["tags"], changed["archived"]) == ("Tuesday", ["work"], True)
    assert api("delete", place).json()["state"] == "stored"
    assert api("delete", place).status_code == 404
    assert api("get", place).status_code == 404
    gone = api("post", f"{place}/messages", {"messages": [{"role": "user", "content": "late"}]})
    assert (gone.status_code, gone.json()["detail"]) == (409, "The conversation was deleted")


def test_creating_a_conversation_again_or_saving_it_without_a_title_keeps_later_changes(valkey, api, trusted):
    for title in ("", "One"):
        api("post", body={"id": "c1", "title": title})
    assert api("get", "/c1").json()["title"] == "One"
    api("patch", "/c1", {"title": "Monday", "tags": ["work"]})
    assert api("post", body={"id": "c1", "title": "One", "tags": ["other"]}).status_code == 201
    said = {"id": "1", "role": "user", "content": "x", "timestamp": "2026-11-23T08:00:00Z"}
    saved = trusted.post("/api/chat/save", {"userId": "u1", "chatId": "c1", "messages": [said]}, format="json").json()
    assert saved["title"] == api("get", "/c1").json()["title"] == "Monday"
    trusted.post("/api/chat/save", {"userId": "u1", "chatId": "c1", "messages": [said], "title": "Two"}, format="json")
    assert api("get", "/c1").json()["title"] == "Two", "an explicit title changes the stored one"


def test_a_conversation_created_by_its_first_messages_is_named_after_that_day(valkey, api):
    append_messages(user_id="u1", conversation_id="c1", messages=[message(1)], at=BASE)
    append_messages(user_id="u1", conversation_id="c1", messages=[message(2)], at=BASE - 30 * 86_400_000)
    assert api("get", "/c1").json()["title"] == "Chat - 10/24/2026"
    assert [item["title"] for item in api("get", "").json()["items"]] == ["Chat - 10/24/2026"]


def test_an_empty_change_changes_nothing(valkey, api):
    api("post", body={"id": "c1", "title": "One"})
    before = api("get", "/c1").json()
    assert api("patch", "/c1", {}).json() == {"id": "c1", "state": "stored"}
    assert api("get", "/c1").json() == before


def test_a_conversation_without_title_is_named_after_the_day(valkey, api):
    place = "/" + api("post", body={}).json()["id"]
    assert api("get", place).json()["title"].startswith("Chat - ")


def test_a_change_of_a_version_other_than_the_stored_one_is_refused(valkey, api):
    api("post", body={"id": "c1", "title": "One"})
    seen = api("get", "/c1")["ETag"]
    assert api("patch", "/c1", {"title": "Two"}, **{"if-match": seen}).status_code == 200
    late = api("patch", "/c1", {"title": "Three"}, **{"if-match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert api("get", "/c1").json()["title"] == "Two"


def test_the_same_request_again_is_the_same_conversation_and_the_same_messages(valkey, api):
    first, second = (api("post", body={"title": "One"}, **{"idempotency-key": "k1"}).json() for _ in range(2))
    assert first == second
    body = {"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]}
    ids = [api("post", f"/{first['id']}/messages", body, **{"idempotency-key": "k2"}).json()["ids"] for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2
    assert api("get", f"/{first['id']}").json()["messageCount"] == 2


@pytest.mark.parametrize("same_ms", [False, True])
def test_pages_show_every_conversation_once_newest_first_and_back_again(valkey, api, same_ms):
    create_many(25, same_ms=same_ms)
    expected = [f"c{number:04}" for number in range(24, -1, -1)]
    pages = api.pages("?limit=7")
    assert [len(page) for page in pages] == [7, 7, 7, 4]
    shown = [item["id"] for page in pages for item in page]
    assert sorted(shown) == sorted(expected)
    if same_ms:
        assert shown == expected
    last = api("get", f"?limit=7&cursor={encoded(Cursor('next', (BASE, shown[13])))}").json() if same_ms else None
    if last:
        back = api("get", f"?limit=7&cursor={last['previousCursor']}").json()
        assert [item["id"] for item in back["items"]] == shown[7:14]
        assert "messages" not in back["items"][0]


def test_paging_continues_if_the_conversation_of_the_cursor_was_deleted(valkey, api):
    create_many(10, same_ms=True)
    first = api("get", "?limit=4").json()
    api("delete", f"/{first['items'][-1]['id']}")
    second = api("get", f"?limit=4&cursor={first['nextCursor']}").json()
    assert [item["id"] for item in second["items"]] == ["c0005", "c0004", "c0003", "c0002"]
    back = api("get", f"?limit=4&cursor={second['previousCursor']}").json()
    assert [item["id"] for item in back["items"]] == ["c0009", "c0008", "c0007"]
    assert back["previousCursor"] is None


def test_conversations_can_be_filtered_by_title_and_archived(valkey, api, monkeypatch):
    monkeypatch.setattr("chat.listing.SCANNED_AT_MOST", 8)
    create_many(30)
    api("patch", "/c0003", {"title": "Ärger im Büro", "archived": True})
    assert [item["id"] for page in api.pages("?title=BÜRO&limit=5") for item in page] == ["c0003"]
    found = [item["title"] for page in api.pages("?title=title%201&limit=5") for item in page]
    assert sorted(found) == sorted(["Title 1", *(f"Title 1{n}" for n in range(10))])
    assert [item["id"] for page in api.pages("?archived=true") for item in page] == ["c0003"]
    assert sum(len(page) for page in api.pages("?archived=false")) == 29


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [("Cafe\u0301", "café"), ("Café", "cafe\u0301"), ("ＤＡＹ", "day"), ("E" + "\u0336" * 31, "e" + "\u0336" * 50)],
)
def test_a_title_is_found_however_its_letters_are_encoded(valkey, api, stored, wanted):
    create_conversation(user_id="u1", conversation_id="c1", title=stored)
    create_conversation(user_id="u1", conversation_id="c2", title="Another")
    assert [item["title"] for item in api("get", f"?title={quote(wanted)}").json()["items"]] == [stored]


def test_a_wanted_title_has_a_bound(valkey, api):
    assert api("get", f"?title={'x' * 200}").status_code == 200
    refused = api("get", f"?title={'x' * 201}")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "title")


def test_words_are_stored_with_all_their_marks(valkey, api):
    written = "".join(letter + "\u0323\u0301" * 40 for letter in "zalgo")
    api("post", "/c1/messages", {"messages": [{"role": "user", "content": written}]})
    assert [each["content"] for each in api("get", "/c1/messages").json()["items"]] == [written]


def test_messages_are_paged_in_both_directions_in_order_of_arrival(valkey, api):
    append_messages(user_id="u1", conversation_id="c1", messages=[message(number) for number in range(25)])
    newest = api("get", "/c1/messages?limit=10").json()
    assert [item["id"] for item in newest["items"]] == [f"m{number}" for number in range(15, 25)]
    assert newest["nextCursor"] is None
    older = api("get", f"/c1/messages?limit=10&cursor={newest['previousCursor']}").json()
    assert [item["id"] for item in older["items"]] == [f"m{number}" for number in range(5, 15)]
    oldest = api("get", f"/c1/messages?limit=10&cursor={older['previousCursor']}").json()
    assert ([item["id"] for item in oldest["items"]], oldest["previousCursor"]) == ([f"m{n}" for n in range(5)], None)
    again = api("get", f"/c1/messages?limit=10&cursor={oldest['nextCursor']}").json()
    assert again["items"] == older["items"]


def test_two_devices_that_append_at_once_lose_nothing(valkey, api, settings):
    settings.AIRA_REQUEST_BUDGET_S = None
    create_conversation(user_id="u1", conversation_id="c1")

    def device(name):
        for number in range(50):
            body = {"messages": [{"id": f"{name}{number}", "role": "user", "content": name}]}
            assert api("post", "/c1/messages", body).status_code == 201

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(device, "ab"))
    shown = [item["id"] for item in api("get", "/c1/messages?limit=100").json()["items"]]
    assert sorted(shown) == sorted(f"{name}{number}" for name in "ab" for number in range(50))
    for name in "ab":
        own = [each for each in shown if each.startswith(name)]
        assert own == [f"{name}{number}" for number in range(50)], "the order of each device's messages is kept"


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("post", "", {"title": 5}, "title"),
        ("post", "", {"title": "x" * 201}, "title"),
        ("post", "", {"tags": "a"}, "tags"),
        ("post", "", {"id": "a b"}, "id"),
        ("post", "", {"plan": "premium"}, "plan"),
        ("patch", "/c1", {"archived": "yes"}, "archived"),
        ("patch", "/c1", {"createdAt": "2020-01-01"}, "createdAt"),
        ("post", "/c1/messages", {"messages": []}, "messages"),
        ("post", "/c1/messages", {"messages": [{"role": "system", "content": "x"}]}, "messages"),
        ("post", "/c1/messages", {"messages": [{"role": "user", "content": "x" * 32_001}]}, "messages"),
        ("post", "/c1/messages", {"messages": [{"role": "user", "content": "x", "timestamp": "soon"}]}, "messages"),
        ("get", "?limit=0", None, "limit"),
        ("get", "?cursor=rubbish", None, "cursor"),
        ("get", "?archived=perhaps", None, "archived"),
        ("get", f"?cursor={encoded(Cursor('next', ('a', 'b')))}", None, "cursor"),
        ("get", f"?cursor={encoded(Cursor('next', (1,)))}", None, "cursor"),
        ("get", f"/c1/messages?cursor={encoded(Cursor('next', (-1,)))}", None, "cursor"),
    ],
)
def test_invalid_input_is_a_problem_that_names_the_field(valkey, api, method, path, body, field):
    response = api(method, path, body)
    assert response.status_code == 400, response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["errors"][0]["field"] == field
    assert valkey.keys() == []


def test_missing_objects_are_not_found(valkey, api):
    for method, path, body in (("get", "/c9", None), ("patch", "/c9", {"title": "x"}), ("get", "/c9/messages", None)):
        assert api(method, path, body).status_code == 404
    assert valkey.keys() == []


def test_without_redis_writes_are_pending_and_shown(valkey, api):
    save_conversation(user_id="u1", messages=[message(1)], conversation_id="old", title="Old")
    api("get", "")
    from redis_models.background import housekeeping

    housekeeping.housekeep_once()
    valkey.stop()
    made = api("post", body={"id": "c1", "title": "In the dark"})
    assert (made.status_code, made.json()["state"]) == (202, "pending")
    assert api("post", "/c1/messages", {"messages": [{"role": "user", "content": "x"}]}).status_code == 202
    assert api("patch", "/old", {"title": "Renamed"}).status_code == 202
    page = api("get", "").json()
    assert {item["title"] for item in page["items"]} == {"In the dark", "Renamed"}
    assert (page["stale"], page["pending"]) == (True, 3)
    assert api("get", "/old").json()["title"] == "Renamed"
    assert len(api("get", "/c1/messages").json()["items"]) == 1
    assert [item["id"] for item in api("get", "/old/messages").json()["items"]] == ["m1"]


def test_without_redis_unknown_conversations_are_unavailable(valkey, api):
    valkey.stop()
    assert api("get", "/c1").status_code == 503
    assert api("get", "/c1/messages").status_code == 503


def test_a_recorded_conversation_is_read_from_its_summary(valkey, api):
    from dashboard.services import record_conversation

    record_conversation(user_id="u1", conversation_id="c1", summary="Recorded")
    assert api("get", "/c1").json()["title"] == "Recorded"


def cost(server, call):
    """Return how many commands a request runs inside its only script, and how many elements they read."""
    call()  # the server learns the script
    with watched(server) as seen:
        assert call().status_code in (200, 201)
    assert seen.sent == ["EVALSHA"]
    return len(seen.in_scripts), elements_read(server, seen.in_scripts)


def append_one(client, user_id, conversation_id):
    body = {"messages": [{"role": "user", "content": "one more"}]}
    place = f"/api/v1/conversations/{conversation_id}/messages"
    return client.post(place, body, format="json", headers={"x-user-id": user_id})


def test_a_thousand_chats_of_fifty_messages_cost_as_much_as_ten(valkey, trusted):
    sizes = {"few": 10, "many": 1000}
    for user, count in sizes.items():
        for number in range(count):
            messages = [message(n) for n in range(50)]
            save_conversation(user_id=user, messages=messages, conversation_id=f"c{number}", at=BASE + number)

    def first_page(user):
        return trusted.get("/api/v1/conversations?limit=5", headers={"x-user-id": user})

    def append(user):
        return append_one(trusted, user, "c5")

    for ask in (first_page, append):
        few, many = (cost(valkey, lambda user=user: ask(user)) for user in sizes)  # noqa: B023 (asked at once)
        assert few == many, ask.__name__
        assert many[1] < 100, ask.__name__


def write_at_once(client, some):
    """Apply writes in pipelines; one by one they would take minutes."""
    loaded = {write.script: client.script_load(script(write.script).source) for write in some}
    for first in range(0, len(some), 1000):
        pipeline = client.pipeline(transaction=False)
        for write in some[first : first + 1000]:
            pipeline.evalsha(loaded[write.script], len(write.keys), *write.keys, *write.argv)
        pipeline.execute()


@pytest.mark.parametrize("count", [10, 10_000])
def test_a_save_a_list_page_and_a_message_page_are_one_round_trip_at_any_size(valkey, api, trusted, count):
    made = [
        writes.change(user_id="u1", conversation_id=f"c{number}", fields={"title": f"{number}"}, at=BASE + number)
        for number in range(count)
    ]
    said = [
        writes.appending(user_id="u1", conversation_id="c5", messages=[message(number)], at=BASE + 5)
        for number in range(count)
    ]
    write_at_once(valkey.client, made + said)
    page, messages = api("get", "?limit=5").json(), api("get", "/c5/messages?limit=5").json()
    older = api("get", f"?limit=5&cursor={page['nextCursor']}").json()
    earlier = api("get", f"/c5/messages?limit=5&cursor={messages['previousCursor']}").json()
    body = {"userId": "u1", "messages": [{"id": "1", "role": "user", "content": "x", "timestamp": "2026-11-23T08:00Z"}]}
    save = lambda: trusted.post("/api/chat/save", body, format="json")  # noqa: E731
    assert save().status_code == 200
    calls = [
        save,
        *(lambda path=path: api("get", path) for path in ("", "?title=7", "/c5/messages", "/c5")),
        lambda: api("get", f"?cursor={page['nextCursor']}"),
        lambda: api("get", f"?cursor={older['previousCursor']}"),
        lambda: api("get", f"/c5/messages?cursor={messages['previousCursor']}"),
        lambda: api("get", f"/c5/messages?cursor={earlier['nextCursor']}"),
        lambda: api("post", "/c5/messages", {"messages": [{"role": "user", "content": "one more"}]}),
    ]
    for call in calls:
        call()  # the server learns the script
        with counted(valkey) as commands:
            assert call().status_code in (200, 201)
        assert commands == ["EVALSHA"]
    assert [item["id"] for item in page["items"]] == [f"c{number}" for number in range(count - 1, count - 6, -1)]
    assert [item["id"] for item in earlier["items"]] == [f"m{number}" for number in range(count - 10, count - 5)]


def test_a_conversation_of_ten_thousand_messages_is_appended_to_and_paged_at_the_same_cost(valkey, trusted):
    sizes = {"short": 100, "long": 10_000}
    for user, count in sizes.items():
        for first in range(0, count, 1000):
            some = [message(number) for number in range(first, min(first + 1000, count))]
            append_messages(user_id=user, conversation_id="c1", messages=some, at=BASE)

    def page(user):
        return trusted.get("/api/v1/conversations/c1/messages", headers={"x-user-id": user})

    def append(user):
        return append_one(trusted, user, "c1")

    for ask in (page, append):
        short, long = (cost(valkey, lambda user=user: ask(user)) for user in sizes)  # noqa: B023 (asked at once)
        assert short == long, ask.__name__
        assert long[1] < 100, ask.__name__
