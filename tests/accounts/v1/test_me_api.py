"""users/me: profile, email, export, import and erasure."""

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import msgspec
import pytest
from rest_framework.test import APIClient

from accounts import selectors, services, writes
from accounts.privacy import erasure, imports
from accounts.privacy.export import export_lines, shown, stored_text
from chat.models import Message
from chat.services import delete_conversation, save_conversation
from dashboard.services import update_mood_score
from redis_models import gateway
from redis_models.health import clock, monitor
from redis_models.journal import journal
from redis_models.replay.drain import drain
from redis_models.writer import submit
from tests.support.people import PASSWORD, TEXT, sign_up
from tests.support.waiting import PATIENCE_S, wait_until

ME = "/api/v1/users/me"
DAY_MS = 86_400_000


def talk(user_id, chat_id, text=TEXT, *, title='A "quoted" title', at=None):
    messages = [
        Message("1", "user", text, "2026-11-23T08:00:00.000Z"),
        Message("2", "assistant", "ü\n☕", "2026-11-23T08:01:00.000Z", "calm"),
    ]
    save_conversation(user_id=user_id, messages=messages, title=title, conversation_id=chat_id, at=at)


@pytest.fixture
def bea(valkey):
    """A user with conversations, one of them deleted, moods, and counts older than the derived counts."""
    valkey.client.hset("user:bea:stats", mapping={"conversations": "7", "days_active": "3", "mood_score": "6.25"})
    services.register_user(user_id="bea", email="bea@example.com", name="Bea", at=clock.now_ms() - 9 * DAY_MS)
    services.change_profile(user_id="bea", time_zone="Europe/Berlin")
    for number in range(45):
        talk("bea", f"c{number}", f"canary {number}", at=clock.now_ms() - number * DAY_MS)
    delete_conversation(user_id="bea", conversation_id="c7")
    update_mood_score(user_id="bea", score=6.5, note="slept well", at=clock.now_ms() - DAY_MS)
    update_mood_score(user_id="bea", score=7)
    return "bea"


def exported(user_id):
    return b"".join(export_lines(user_id=user_id))


CLAIMED_AT = "email:bea@example.com:claimedAt"


def contents(valkey):
    """Return the contents of all keys but the ones that note which imports ran."""
    kinds = {"hash": "hgetall", "set": "smembers", "string": "get"}
    found = {}
    for key in valkey.data_keys():
        if key.endswith((":imported", ":claimants")):  # a claim that is imported has the import's time
            continue
        kind = valkey.client.type(key)
        if kind == "zset":
            found[key] = valkey.client.zrange(key, 0, -1, withscores=True)
        elif kind == "list":
            found[key] = valkey.client.lrange(key, 0, -1)
        else:
            found[key] = getattr(valkey.client, kinds[kind])(key)
    return found


def without_times(found):
    """Return the contents without the times at which messages were stored, which an import sets anew."""
    return {key: set(value) if key.endswith(":message_ids") else value for key, value in found.items()}


# --- the profile


def test_the_profile_is_shown_and_changed(ann):
    shown_first = ann.client.get(ME)
    assert (shown_first.json()["email"], shown_first.json()["timeZone"]) == (ann.email, None)
    changed = ann.client.patch(ME, {"name": "Änn", "timeZone": "Europe/Berlin"}, format="json")
    assert (changed.status_code, changed.json()["state"]) == (200, "stored")
    again = ann.client.get(ME)
    assert (again.json()["name"], again.json()["timeZone"]) == ("Änn", "Europe/Berlin")
    assert again["ETag"] == changed["ETag"] != shown_first["ETag"]


def test_a_change_of_an_outdated_version_is_refused(ann):
    old = ann.client.get(ME)["ETag"]
    assert ann.client.patch(ME, {"name": "One"}, format="json", headers={"If-Match": old}).status_code == 200
    refused = ann.client.patch(ME, {"name": "Two"}, format="json", headers={"If-Match": old})
    assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    assert ann.client.get(ME).json()["name"] == "One"


def test_one_of_sixteen_parallel_changes_of_one_version_passes(ann, settings):
    settings.AIRA_REQUEST_BUDGET_S = None
    seen, clients = ann.client.get(ME)["ETag"], [ann.client for _ in range(16)]

    def change(number):
        body = {"name": f"Name {number}"}
        return clients[number].patch(ME, body, format="json", headers={"If-Match": seen}).status_code

    with ThreadPoolExecutor(16) as pool:
        assert Counter(pool.map(change, range(16))) == {200: 1, 412: 15}


def test_a_change_of_one_version_can_be_applied_again_and_replayed(ann, valkey):
    stored = selectors.stored_profile(user_id=ann.id)
    change = writes.profile_change(user_id=ann.id, name="One", time_zone="", seen=stored, at=clock.now_ms())
    late = replace(change, args=("Two", *change.args[1:]), at=change.at + 1)
    assert submit(change).outcome == "applied"
    assert submit(change).outcome == "duplicate"
    assert submit(late).outcome == "conflict"
    assert valkey.client.hget(f"user:{ann.id}:profile", "name") == "One"
    assert submit(replace(late, acknowledged=True)).outcome == "applied"


def test_a_change_of_an_outdated_version_is_refused_while_redis_is_away(ann, valkey):
    from redis_models.background import housekeeping

    old = ann.client.get(ME)["ETag"]
    housekeeping.housekeep_once()
    valkey.stop()
    first, second = (ann.client.patch(ME, {"name": name}, format="json", headers={"If-Match": old}) for name in "AB")
    assert (first.status_code, second.status_code) == (202, 412)
    valkey.start()
    monitor.probe_once()
    assert drain().applied == 1
    assert ann.client.get(ME).json()["name"] == "A"


@pytest.mark.parametrize(
    "fields",
    [{"plan": "premium"}, {"id": "u2"}, {"joinedAt": "2020-01-01"}, {"email": "x@example.com"}, {"name": 5},
     {"name": "\n"}, {"name": "x" * 201}, {"timeZone": "Mars/Olympus"}, {"timeZone": "../etc/passwd"}, {"timeZone": 5}],
)  # fmt: skip
def test_forbidden_fields_and_invalid_values_are_refused(ann, fields):
    before = ann.client.get(ME).json()
    assert ann.client.patch(ME, fields, format="json").status_code == 400
    assert ann.client.get(ME).json() == before


def test_a_change_is_pending_while_redis_is_away(ann, valkey):
    from redis_models.background import housekeeping

    ann.client.get(ME)
    housekeeping.housekeep_once()
    valkey.stop()
    changed = ann.client.patch(ME, {"name": "Waiting"}, format="json")
    assert (changed.status_code, changed.json()["state"], changed.json()["name"]) == (202, "pending", "Waiting")
    assert ann.client.get(ME).json()["name"] == "Waiting"


def test_an_unregistered_user_has_no_profile(service, valkey):
    assert service.get(f"{ME}?userId=nobody").status_code == 404
    assert service.get(ME).status_code == 400


def test_changes_of_the_zone_are_remembered_and_bounded(valkey):
    for number in range(60):
        submit(writes.profile_change(user_id="u1", name="", time_zone="Europe/Berlin", at=1_795_423_341_000 + number))
    fields = valkey.client.hkeys("user:u1:profile")
    assert len([field for field in fields if field.startswith("timeZone:")]) == 50
    assert valkey.client.hget("user:u1:profile", "timeZoneAt") == "1795423341059"


# --- the email


def change_email(client, email="new@example.com", **fields):
    return client.put(f"{ME}/email", {"email": email, "password": PASSWORD} | fields, format="json")


def test_an_email_is_changed_and_the_old_one_is_free(ann, valkey):
    assert change_email(ann.client, "New@Example.com").json()["email"] == "new@example.com"
    assert valkey.client.get("email:new@example.com:userId") == ann.id
    assert valkey.client.get(f"email:{ann.email}:userId") is None
    from accounts.credentials import sessions

    assert sessions.sign_in(email="new@example.com", password=PASSWORD).session.user_id == ann.id
    assert sign_up(ann.email).id != ann.id


def test_an_email_of_another_user_cannot_be_taken(ann):
    ben = sign_up("ben@example.com")
    refused = change_email(ann.client, ben.email)
    assert (refused.status_code, refused.json()["detail"]) == (409, "Email is already registered")
    assert ann.client.get(ME).json()["email"] == ann.email


def test_changing_the_email_needs_the_password_of_an_account_that_has_one(ann, service):
    assert change_email(ann.client, password="wrong").status_code == 401
    assert ann.client.put(f"{ME}/email", {"email": "new@example.com"}, format="json").status_code == 401
    assert change_email(service, userId=ann.id).status_code == 200


def test_changing_an_email_needs_redis(ann, valkey):
    from redis_models.background import housekeeping

    ann.client.get(ME)
    housekeeping.housekeep_once()
    valkey.stop()
    assert change_email(ann.client).status_code == 503
    assert journal().admin.status().pending == 0


def test_two_changes_at_once_do_not_both_pass(ann):
    profile = services.UserProfile(ann.id, ann.email)
    services.change_email(profile=profile, email="one@example.com")
    with pytest.raises(services.Conflict, match="changed since"):
        services.change_email(profile=profile, email="two@example.com")


def test_writes_applied_again_after_an_email_change_change_nothing(valkey):
    at = clock.now_ms()
    registration = writes.registration(user_id="u1", email="a@example.com", name="Ann", plan="", at=at)
    first = writes.email_change(user_id="u1", new="b@example.com", old="a@example.com", at=at + 1)
    second = writes.email_change(user_id="u1", new="c@example.com", old="b@example.com", at=at + 2)
    for write in (registration, first, second):
        assert submit(write).outcome == "applied"
    taken = writes.registration(user_id="u2", email="a@example.com", name="Ben", plan="", at=at + 3)
    assert submit(taken).outcome == "applied"
    before = contents(valkey)
    again = [replace(write, acknowledged=True) for write in (registration, first, second, taken, registration)]
    superseded = ("gone", ("superseded",))
    receipts = [gateway.apply(write) for write in again]
    assert [(receipts[n].outcome, receipts[n].reply) for n in (0, 1, 4)] == [superseded] * 3
    assert [receipts[n].outcome for n in (2, 3)] == ["duplicate"] * 2
    assert contents(valkey) == before


# --- export and import


def test_the_document_is_readable_and_holds_everything_but_credentials(bea, ann, valkey):
    document = json.loads(exported(ann.id))
    assert (document["format"], document["userId"]) == ("aira.export.2", ann.id)
    assert "argon2" not in str(document)
    entries = {entry["name"]: entry["value"] for entry in json.loads(exported("bea"))["entries"]}
    assert entries["profile"]["email"] == "bea@example.com"
    assert entries["conversation:c1:messages"][0]["content"] == "canary 1"
    assert entries["mood_history"][0][0]["note"] == "slept well"
    assert len([name for name in entries if name.endswith(":messages")]) == 44


def test_an_import_with_a_key_is_answered_the_same_again_and_another_document_is_refused(bea, service, valkey):
    document = exported("bea")
    erasure.erase(user_id="bea")

    def bring(sent):
        path, key = f"{ME}/import?userId=bea", {"Idempotency-Key": "k1"}
        return service.post(path, sent, content_type="application/json", headers=key)

    first, again = bring(document), bring(document)
    assert first.json() == again.json()
    assert first.json()["added"] > 0
    assert again["Idempotency-Replayed"] == "true"
    assert bring(document + b" ").status_code == 422


def test_export_erase_import_export_is_the_same_document(bea, service, valkey):
    service.get("/api/dashboard?userId=bea")
    before, first = contents(valkey), exported("bea")
    receipt = service.delete(f"{ME}?userId=bea").json()
    assert receipt["conversations"] == 44
    assert valkey.data_keys() == ["user:bea:erased"]
    imported = service.post(f"{ME}/import?userId=bea", first, content_type="application/json")
    assert imported.status_code == 200
    assert valkey.client.hget("user:bea:profile", "plan") is None
    valkey.client.hset("user:bea:profile", "plan", "free")  # an import never brings a plan
    assert exported("bea") == first
    after = contents(valkey)
    stored_anew = {key: value for key, value in after.items() if key not in (CLAIMED_AT, "user:bea:erased")}
    assert without_times(stored_anew) == without_times({k: v for k, v in before.items() if k != CLAIMED_AT})
    assert after[CLAIMED_AT] > before[CLAIMED_AT]
    again = service.post(f"{ME}/import?userId=bea", first, content_type="application/json").json()
    assert again == {"entries": imported.json()["entries"], "added": 0}
    assert contents(valkey) == after


def test_over_http_the_document_is_the_same(bea, service):
    response = service.get(f"{ME}/export?userId=bea")
    assert b"".join(response.streaming_content) == exported("bea")
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Cache-Control"] == "no-store"


def test_an_import_into_another_account_takes_neither_plan_nor_email(ann, bea, valkey):
    services.change_plan(user_id="bea", plan=services.Plan.PREMIUM)
    response = ann.client.post(f"{ME}/import", exported("bea"), content_type="application/json")
    assert response.status_code == 200
    mine = ann.client.get(ME).json()
    assert (mine["id"], mine["email"], mine["plan"], mine["name"]) == (ann.id, ann.email, "free", "ann")
    shown_data = ann.client.get("/api/dashboard").json()["data"]
    assert (shown_data["conversations"], shown_data["mood_score"]) == (7 + 44, 7)
    assert valkey.client.get("email:bea@example.com:userId") == "bea"


def test_an_import_keeps_later_deletions_and_later_data(bea, service, valkey):
    document = exported("bea")
    delete_conversation(user_id="bea", conversation_id="c3")
    talk("bea", "new")
    save_conversation(
        user_id="bea",
        messages=[Message("3", "user", "later", "2026-11-23T09:00:00.000Z")],
        title="Later",
        conversation_id="c1",
    )
    before = contents(valkey)
    assert service.post(f"{ME}/import?userId=bea", document, content_type="application/json").json()["added"] == 0
    assert contents(valkey) == before


def test_an_import_adds_missing_messages_to_an_existing_conversation(bea, service, valkey):
    document = exported("bea")
    service.delete(f"{ME}?userId=bea")
    later = Message("3", "user", "later", "2026-11-23T09:00:00.000Z")
    save_conversation(user_id="bea", messages=[later], title="Later", conversation_id="c1")
    service.post(f"{ME}/import?userId=bea", document, content_type="application/json")
    chat = service.get("/api/chat/save?userId=bea&chatId=c1").json()["chat"]
    assert [message["id"] for message in chat["messages"]] == ["1", "2", "3"]
    assert service.get("/api/dashboard?userId=bea").json()["data"]["conversations"] == 7 + 44


def test_an_import_does_not_take_an_email_that_another_user_has_claimed_since(bea, service, valkey):
    document = exported("bea")
    service.delete(f"{ME}?userId=bea")
    services.register_user(user_id="cleo", email="bea@example.com")
    service.post(f"{ME}/import?userId=bea", document, content_type="application/json")
    assert valkey.client.get("email:bea@example.com:userId") == "cleo"
    assert valkey.client.hget("user:bea:profile", "email_conflict") == "bea@example.com"


def _without_last_line(document):
    return document[: document.rindex(b"]")]


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.replace(b'"name":"Bea"', b'"name":"Eve"'),
        lambda document: document.replace(b'"signature":"', b'"signature":"0'),
        lambda document: document.replace(b"canary 1", b"canary X"),
        lambda document: b"\n".join(document.split(b"\n")[1:]),
        lambda document: b"\n".join(document.split(b"\n")[:2] + document.split(b"\n")[3:]),
        _without_last_line,
        lambda document: json.dumps(json.loads(document)).encode(),
        lambda document: document.replace(b'"kind":"hash"', b'"kind":"stream"'),
        lambda _: b"",
        lambda document: document.replace(b'"userId":"bea"', b'"userId":"ann"'),
        lambda document: document.replace(b"aira.export.2", b"aira.export.1"),
        lambda document: document + document,
        lambda _: b'{"format":"aira.export.1","userId":"x","entries":[\n' + b"[" * 100_000,
        lambda _: b'{"format":"aira.export.1","userId":"x","entries":[\n\xff\n',
    ],
)
def test_a_modified_document_is_refused_and_nothing_is_written(bea, service, valkey, change):
    document = exported("bea")
    service.delete(f"{ME}?userId=bea")
    response = service.post(f"{ME}/import?userId=bea", change(document), content_type="application/json")
    assert response.status_code == 400
    assert valkey.data_keys() == ["user:bea:erased"]


def test_an_entry_with_an_invalid_key_is_refused(valkey, service):
    from accounts.privacy.export import Entry, Signature

    signature = Signature()
    head = signature.add(b'{"format":"aira.export.2","userId":"u1","entries":[')
    line = signature.add(msgspec.json.encode(Entry("../other", "string", "x")))
    document = head + b"\n" + line + b'\n],"signature":"' + signature.text().encode() + b'"}\n'
    response = service.post(f"{ME}/import?userId=u1", document, content_type="application/json")
    assert response.status_code == 400
    assert valkey.data_keys() == []


def test_a_document_that_is_too_large_is_refused(ann, monkeypatch):
    monkeypatch.setattr("api.requests.uploads.DOCUMENT_MAX_BYTES", 100)
    response = ann.client.post(f"{ME}/import", b"x" * 101, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("text", ["", "plain", "{", "[1,2]", '{"a":1}', '{"a": 1}', '{"\\u0061":1}', "[" * 5000, "5"])
def test_text_is_exported_and_imported_unchanged(text):
    assert stored_text(shown(text)) == text


def test_export_and_import_need_redis(ann, valkey):
    document = exported(ann.id)
    valkey.stop()
    assert ann.client.get(f"{ME}/export").status_code == 503
    assert ann.client.post(f"{ME}/import", document, content_type="application/json").status_code == 503


# --- erasure


def test_the_receipt_says_what_was_removed_and_what_stays(bea, service, valkey):
    response = service.delete(f"{ME}?userId=bea")
    receipt = response.json()
    assert (response.status_code, receipt["state"]) == (200, "erased")
    assert response["Location"] == receipt["receipt"]
    assert "user:bea:profile" in receipt["removedKeys"]
    assert receipt["checked"] == {
        "keysLeft": [],
        "journalRowsLeft": 0,
        "snapshotLeft": False,
        "appendOnlyFile": "not ours",
    }
    assert receipt["kept"] == "user:bea:erased"
    assert receipt["notReached"]


def test_the_public_receipt_is_read_without_a_credential_and_names_nobody(bea, service, valkey):
    address = service.delete(f"{ME}?userId=bea").json()["receipt"]
    response = APIClient().get(address)
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert response.json()["state"] == "erased"
    assert "bea" not in response.content.decode()
    assert APIClient().get(f"{address}x").status_code == 404
    valkey.stop()
    assert APIClient().get(address).status_code == 503


def test_public_receipts_are_limited_by_address(bea, service, frozen_limits):
    address = service.delete(f"{ME}?userId=bea").json()["receipt"]
    codes = Counter(APIClient().get(address).status_code for _ in range(61))
    assert codes == {200: 60, 429: 1}


def test_an_erasure_that_takes_longer_is_202_with_the_address_of_its_receipt(bea, service, valkey, monkeypatch):
    is_over = threading.Event()
    finish = erasure.finish
    monkeypatch.setattr(erasure, "finish", lambda erasing: is_over.wait(PATIENCE_S) and finish(erasing))
    monkeypatch.setattr("accounts.v1.me_views.ANSWER_WITHIN_S", 0.0)
    response = service.delete(f"{ME}?userId=bea")
    shown = response.json()
    assert (response.status_code, shown["state"]) == (202, "pending")
    assert "checked" not in shown
    assert response["Location"] == shown["receipt"]
    assert service.get(f"{ME}?userId=bea").status_code == 200, "the profile is not removed yet"
    assert APIClient().get(shown["receipt"]).json()["state"] == "pending"
    is_over.set()
    wait_until(lambda: APIClient().get(shown["receipt"]).json()["state"] == "erased")
    assert valkey.data_keys() == ["user:bea:erased"]


def test_erasing_needs_redis(ann, valkey):
    valkey.stop()
    response = ann.client.delete(ME)
    assert (response.status_code, response["Retry-After"]) == (503, "2")


def test_a_user_who_erased_the_account_is_signed_out_and_can_sign_up_again(ann, valkey):
    assert ann.client.delete(ME).status_code == 200
    assert ann.client.get(ME).status_code == 401
    assert sign_up(ann.email).id != ann.id


def test_a_row_in_a_second_hosts_journal_does_not_bring_back_an_erased_user(bea, service, valkey, settings, tmp_path):
    first_host = settings.AIRA_DATA_DIR
    settings.AIRA_DATA_DIR = tmp_path
    valkey.stop()
    talk("bea", "late", "canary")
    services.register_user(user_id="bea", email="bea@example.com", name="Canary")
    assert journal().admin.status().pending == 2
    valkey.start()
    monitor.probe_once()
    settings.AIRA_DATA_DIR = first_host
    service.delete(f"{ME}?userId=bea")
    settings.AIRA_DATA_DIR = tmp_path
    drain()
    assert journal().admin.status().pending == 0
    assert valkey.data_keys() == ["user:bea:erased"]


def test_an_import_for_a_user_erased_meanwhile_is_refused(bea, valkey, service):
    document = exported("bea")
    valkey.client.set("user:bea:erased", clock.now_ms() + 100_000)
    response = service.post(f"{ME}/import?userId=bea", document, content_type="application/json")
    assert response.status_code == 409


def test_other_users_and_anonymous_callers_cannot_reach_any_of_it(ann, valkey):
    ben = sign_up("ben@example.com")
    places = ("get ", "patch ", "delete ", "put /email", "get /export", "post /import")
    for method, path in (place.split(" ") for place in places):
        response = getattr(ann.client, method)(f"{ME}{path}?userId={ben.id}", {}, format="json")
        assert response.status_code == 404, path
        assert getattr(APIClient(), method)(f"{ME}{path}").status_code == 401, path
    assert {"plan", "email", "id"} <= imports.SERVER_FIELDS
