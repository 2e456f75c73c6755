"""Importing the data of the old server."""

import io
import json
import signal
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Plan
from accounts.services import change_plan, register_user
from aira_site.legacy.importing import progress_file
from chat.selectors import conversation
from chat.usage import usage
from dashboard import selectors
from dashboard.services import correct_mood, valid_mood
from redis_models.health.clock import now_ms
from redis_models.schema.codec import iso_from_ms
from tests.support.servers import Server

BASE = 1_795_423_341_000
DAY_MS = 86_400_000


def run(*arguments):
    out = io.StringIO()
    call_command("import_legacy", "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def chat(number, messages=2, **fields):
    at = BASE + number * 1000
    return {
        "id": f"chat_{at}_abcdefghi",
        "title": f"Old {number}",
        "tags": ["sleep"],
        "messages": [
            {"id": str(n), "role": "user", "content": f"text {n}", "timestamp": iso_from_ms(at + n)}
            for n in range(messages)
        ],
        "createdAt": iso_from_ms(at),
        "updatedAt": iso_from_ms(at + 500),
    } | fields


def write_user(client, number, *, chats=3, moods=2, plan="free", counted=None):
    """Write a user as the old server did: two hashes, a string for each chat, a set, a sorted set and a counter."""
    user = f"u{number}"
    email = f"u{number}@example.com"
    client.hset(
        f"user:{user}:registry",
        mapping={"id": user, "createdAt": BASE, "email": email, "name": f"N{number}", "plan": plan},
    )
    for each in (chat(n) for n in range(chats)):
        client.set(f"chat:{user}:{each['id']}", json.dumps(each))
        client.sadd(f"chats:{user}", each["id"])
    for n in range(moods):
        at = now_ms() - n * DAY_MS
        client.zadd(f"user:{user}:mood_history", {json.dumps({"score": n, "timestamp": iso_from_ms(at)}): at})
    client.set(f"user:{user}:chats:{iso_from_ms(now_ms())[:10]}", 3)
    client.hset(
        f"user:{user}:stats",
        mapping={
            "conversations": chats if counted is None else counted,
            "mood_score": 0,
            "days_active": 1,
            "recent_conversations": json.dumps([{"timestamp": iso_from_ms(BASE), "summary": "Old"}]),
            "plan": plan.capitalize(),
        },
    )
    return user


def counts(client):
    """Return the number of elements of each stored key."""
    return {
        key: {"zset": client.zcard, "hash": client.hlen, "list": client.llen, "set": client.scard}.get(
            client.type(key), lambda _: 1
        )(key)
        for key in client.keys("*")
    }


def test_all_data_of_a_user_are_imported(valkey, trusted):
    user = write_user(valkey.client, 1, counted=7)
    report = run()
    assert {name: report[name] for name in ("users", "chats", "moods", "problems")} == {
        "users": 1,
        "chats": 3,
        "moods": 2,
        "problems": 0,
    }
    assert report["counts"] == [{"user": user, "counted": 7, "stored": 3}]
    assert valkey.client.hget(f"user:{user}:profile", "name") == "N1"
    assert valkey.client.get("email:u1@example.com:userId") == user
    shown = trusted.get(f"/api/dashboard?userId={user}").json()["data"]
    assert (shown["conversations"], [each["summary"] for each in shown["recent_conversations"]]) == (
        3,
        ["Old 2", "Old 1", "Old 0"],
    )
    whole = conversation(user_id=user, conversation_id=chat(1)["id"])
    assert (whole.conversation.title, whole.conversation.tags) == ("Old 1", ("sleep",))
    assert [message["content"] for message in whole.messages] == ["text 0", "text 1"]
    assert [
        iso_from_ms(int(at.timestamp() * 1000)) for at in (whole.conversation.created_at, whole.conversation.updated_at)
    ] == [
        chat(1)["createdAt"],
        chat(1)["updatedAt"],
    ]
    assert [entry.score for entry in selectors.moods(user_id=user).entries] == [0, 1]
    assert usage(user_id=user)[0].used == 3
    assert valkey.client.exists(f"chats:{user}", f"user:{user}:registry") == 2, "no old key is removed"


@pytest.mark.no_cover  # a thousand times what smaller imports cover
def test_a_thousand_users_import_twice_with_equal_counts(valkey):
    for number in range(1000):
        write_user(valkey.client, number, chats=number % 3, moods=number % 2)
    first = run()
    stored = counts(valkey.client)
    second = run()
    assert counts(valkey.client) == stored
    assert (first["users"], first["chats"], first["problems"]) == (1000, 999, 0)
    assert second["chats"] == first["chats"]
    assert second["moods"] == 0, "all moods have ids by now"


def test_an_import_from_another_database_does_not_change_it(valkey, tmp_path):
    other = Server(tmp_path / "old.sock")
    other.start()
    try:
        write_user(other.client, 1)
        before = {key: other.client.dump(key) for key in other.client.keys("*")}
        url = f"unix://{other.socket}"
        assert run("--from", url)["chats"] == 3
        stored = counts(valkey.client)
        assert run("--from", url)["chats"] == 3
        assert counts(valkey.client) == stored
        assert {key: other.client.dump(key) for key in other.client.keys("*")} == before
        assert [entry.score for entry in selectors.moods(user_id="u1").entries] == [0, 1]
        assert not valkey.client.exists("user:u1:registry")
        with pytest.raises(CommandError, match="--delete-old"):
            run("--from", url, "--delete-old")
    finally:
        other.stop()
    with pytest.raises(CommandError, match="does not answer"):
        run("--from", url)


def test_a_dry_run_reports_and_writes_nothing(valkey):
    write_user(valkey.client, 1, counted=9)
    before = {key: valkey.client.dump(key) for key in valkey.client.keys("*")}
    report = run("--dry-run")
    assert (report["dryRun"], report["chats"], report["counts"][0]["stored"]) == (True, 3, 3)
    assert {key: valkey.client.dump(key) for key in valkey.client.keys("*")} == before


def test_old_keys_are_removed_only_with_the_option_and_if_all_of_them_were_read(valkey):
    user = write_user(valkey.client, 1)
    broken = f"chat:{user}:chat_1_broken"
    valkey.client.set(broken, "{")
    valkey.client.sadd(f"chats:{user}", "chat_1_broken")
    run("--delete-old")
    assert sorted(valkey.client.keys("chat*")) == sorted([broken, f"chats:{user}"])
    assert not valkey.client.exists(f"user:{user}:registry")
    assert valkey.client.zcard(f"user:{user}:conversations") == 3


def test_unreadable_data_are_reported_and_the_rest_is_imported(valkey):
    user = write_user(valkey.client, 1)
    client = valkey.client
    client.set(f"chat:{user}:broken", "not json")
    client.set(f"chat:{user}:half", json.dumps(chat(9, messages=1) | {"messages": [{"content": 5}, {"content": "x"}]}))
    client.set(f"chat:{user}:a b", json.dumps(chat(8)))
    client.sadd(f"chats:{user}", "missing")
    client.zadd(f"user:{user}:mood_history", {"rubbish": BASE, '{"score":99}': BASE})
    client.set(f"user:{user}:chats:yesterday", "3")
    client.set("chats:b a d", "x")
    client.hset("user:u2:registry", mapping={"id": "u2", "email": "no email"})
    problems = {(each["user"], each["what"]) for each in run()["problemList"]}
    assert problems == {
        (user, "chat broken"), (user, "chat half"), (user, "chat a b"), (user, "chat missing"), (user, "mood"),
        (user, "counter yesterday"), ("", "chats:b a d"), ("u2", "email"),
    }  # fmt: skip
    assert client.zcard(f"user:{user}:conversations") == 4
    assert [each["content"] for each in conversation(user_id=user, conversation_id="half").messages] == ["x"]


def test_the_shared_chats_of_anonymous_visitors_are_reported_and_not_imported(valkey):
    valkey.client.set("chat:anonymous:c1", json.dumps(chat(1)))
    report = run()
    assert (report["users"], [each["what"] for each in report["problemList"]]) == (0, ["chat:anonymous:c1"])
    assert valkey.data_keys() == ["chat:anonymous:c1"]


def test_malformed_chats_are_imported_as_far_as_possible(valkey):
    client = valkey.client
    client.set("chat:u1:c1", json.dumps({"messages": [{"content": "a", "id": 5, "timestamp": BASE}, {"content": "b"}]}))
    client.set(f"chat:u1:chat_{BASE}_x", json.dumps({"createdAt": "yesterday", "tags": [1, "ok", ""]}))
    assert run()["problems"] == 0
    whole = conversation(user_id="u1", conversation_id="c1")
    assert [(each["id"], each["role"]) for each in whole.messages] == [("5", "user"), ("legacy1", "user")]
    dated = conversation(user_id="u1", conversation_id=f"chat_{BASE}_x").conversation
    assert (int(dated.created_at.timestamp() * 1000), dated.tags) == (BASE, ("ok",))


@pytest.mark.parametrize(("source", "plan"), [("registry", "plus"), ("profile", "free"), ("stats", "premium")])
def test_conflicting_plans_are_reported_and_plan_from_decides(valkey, source, plan):
    user = write_user(valkey.client, 1, plan="plus")
    register_user(user_id=user, email="u1@example.com", at=BASE)
    valkey.client.hset(f"user:{user}:stats", "plan", "Premium")
    (problem,) = run()["problemList"]
    assert (
        problem["why"]
        == "registry plus, profile free, stats premium; undecided, free until you name one with --plan-from"
    )
    assert valkey.client.hget(f"user:{user}:profile", "plan") == "free"
    run("--plan-from", source)
    assert valkey.client.hget(f"user:{user}:profile", "plan") == plan
    change_plan(user_id=user, plan=Plan.PLUS)
    valkey.client.hset(f"user:{user}:registry", "plan", "free")
    (problem,) = run("--plan-from", source)["problemList"]
    assert problem["why"].endswith("plus stays, since it was decided before")
    assert valkey.client.hget(f"user:{user}:profile", "plan") == "plus", "an explicit change of plan stands"


def test_an_undecided_plan_is_not_imported_and_its_old_keys_are_kept(valkey):
    user = write_user(valkey.client, 1, plan="premium")
    valkey.client.hset(f"user:{user}:stats", "plan", "Free")
    run("--delete-old")
    assert valkey.client.hget(f"user:{user}:profile", "plan") == "free"
    run("--plan-from", "registry", "--delete-old")
    assert valkey.client.hget(f"user:{user}:profile", "plan") == "premium"
    assert not valkey.client.exists(f"user:{user}:registry")


def test_users_of_this_server_are_not_imported(valkey, service):
    service.post("/api/auth/register-user", {"userId": "new", "email": "n@example.com", "plan": "plus"}, format="json")
    service.get("/api/dashboard?userId=new")
    service.patch("/api/mood?userId=new", {"score": 5}, format="json")
    write_user(valkey.client, 1)
    report = run("--plan-from", "stats")
    assert (report["users"], report["problems"]) == (1, 0)
    assert valkey.client.hget("user:new:profile", "plan") == "plus"


def test_an_erased_user_is_not_imported_and_delete_old_removes_the_old_texts(valkey):
    user = write_user(valkey.client, 1)
    valkey.client.hdel(f"user:{user}:registry", "createdAt")
    valkey.client.set(f"user:{user}:erased", now_ms())
    before = valkey.data_keys()
    assert [each["why"] for each in run()["problemList"]] == ["it was erased since"]
    assert valkey.data_keys() == before
    run("--delete-old")
    assert valkey.data_keys() == [f"user:{user}:erased", f"user:{user}:mood_history", f"user:{user}:stats"]


def test_a_second_import_reports_counts_that_differ_from_the_stored_data(valkey, trusted):
    user = write_user(valkey.client, 1, moods=0, counted=7)
    run()
    trusted.delete(f"/api/chat/save?userId={user}&chatId={chat(1)['id']}")
    valkey.client.hset(f"user:{user}:stats", "conversations", "7")
    assert run()["counts"] == [{"user": user, "counted": 7, "stored": 2}]


def test_a_claim_is_never_overwritten_and_a_missing_one_is_made(valkey):
    register_user(user_id="owner", email="u1@example.com")
    user = write_user(valkey.client, 1)
    register_user(user_id="u2", email="u2@example.com", name="Kept", at=BASE)
    valkey.client.delete("email:u2@example.com:userId")
    report = run()
    assert [(each["user"], each["what"]) for each in report["problemList"]] == [(user, "email")]
    assert valkey.client.get("email:u1@example.com:userId") == "owner"
    assert valkey.client.hget(f"user:{user}:profile", "email_conflict") == "u1@example.com"
    assert valkey.client.get("email:u2@example.com:userId") == "u2"
    assert valkey.client.hget("user:u2:profile", "name") == "Kept"


def test_a_second_import_keeps_changes_made_since_the_first(valkey, trusted):
    user = write_user(valkey.client, 1)
    run()
    entry = selectors.moods(user_id=user).entries[0]
    correct_mood(user_id=user, corrected=valid_mood(entry, score=9, note="", tags=()))
    trusted.patch(
        f"/api/v1/conversations/{chat(0)['id']}", {"title": "New name"}, format="json", headers={"x-user-id": user}
    )
    trusted.delete(f"/api/chat/save?userId={user}&chatId={chat(1)['id']}")
    report = run()
    assert [each["why"] for each in report["problemList"]] == ["it was deleted since"] * 2
    assert selectors.moods(user_id=user).entries[0].score == 9
    titles = [each["title"] for each in trusted.get(f"/api/chat/save?userId={user}").json()["chats"]]
    assert titles == ["Old 2", "New name"]


def test_an_interrupted_import_continues_after_the_last_complete_user(valkey, monkeypatch):
    for number in range(6):
        write_user(valkey.client, number)
    from aira_site.legacy import importing
    from redis_models.errors import RedisUnavailable

    real, calls = importing.converted, []

    def failing(legacy, **options):
        calls.append(legacy.user_id)
        if legacy.user_id == "u3" and calls.count("u3") == 1:
            raise RedisUnavailable("gone")
        return real(legacy, **options)

    monkeypatch.setattr(importing, "converted", failing)
    with pytest.raises(CommandError, match="gone"):
        run()
    assert run()["users"] == 3
    assert calls == ["u0", "u1", "u2", "u3", "u3", "u4", "u5"]
    assert run()["users"] == 6, "the next import starts from the beginning"


KILLED = """
import os, signal, sys
from django.core.management import execute_from_command_line
from aira_site.legacy import importing

real, users = importing.converted, []

def converted(legacy, **options):
    users.append(legacy.user_id)
    if len(users) == 50:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(legacy, **options)

importing.converted = converted
execute_from_command_line(["manage.py", "import_legacy"])
"""
"""An import that is killed with SIGKILL when it reaches its fiftieth user."""


def test_a_killed_import_continues_with_the_same_result_as_an_uninterrupted_one(valkey, settings):
    users = [write_user(valkey.client, number) for number in range(100)]
    killed = subprocess.run([sys.executable, "-c", KILLED], stdout=subprocess.DEVNULL, check=False)
    assert killed.returncode == -signal.SIGKILL
    last = progress_file(settings.AIRA_DATA_DIR, settings.REDIS_ENDPOINT.display).read_text()
    report = run()
    assert report["wentOnAfter"] == last
    assert 0 < report["users"] < 100
    went_on = counts(valkey.client)
    assert run()["users"] == 100
    assert counts(valkey.client) == went_on
    assert {valkey.client.zcard(f"user:{user}:conversations") for user in users} == {3}


def test_an_outage_stops_the_import_with_a_one_sentence_error(valkey, monkeypatch):
    write_user(valkey.client, 1)
    from aira_site.legacy import importing

    real = importing.converted

    def stop_the_server(legacy, **options):
        found = real(legacy, **options)
        valkey.stop()
        return found

    monkeypatch.setattr(importing, "converted", stop_the_server)
    with pytest.raises(CommandError, match="Redis went away"):
        run()


@pytest.mark.parametrize("url", ["http://x", "redis+cluster://a:1"])
def test_a_source_that_is_not_redis_is_a_one_sentence_error(valkey, url):
    with pytest.raises(CommandError, match="--from"):
        run("--from", url)


def test_the_report_is_readable(valkey):
    write_user(valkey.client, 1, counted=7)
    valkey.client.sadd("chats:u1", "missing")
    out = io.StringIO()
    call_command("import_legacy", stdout=out)
    assert "Counts that an older server had wrong:" in out.getvalue()
    assert "it is listed but not stored" in out.getvalue()
