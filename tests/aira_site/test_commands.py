"""The commands that span the apps: delete_user and demo."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from accounts.services import register_user
from chat.models import Message
from chat.services import save_conversation
from tests.support.people import TEXT

MESSAGE = Message("1", "user", TEXT, "2026-11-23T08:00:00.000Z")


def run(*arguments):
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def ann(valkey):
    """A user with 120 conversations."""
    register_user(user_id="u1", email="ann@example.com")
    for number in range(120):
        save_conversation(user_id="u1", messages=[MESSAGE], conversation_id=f"c{number}")


def test_deleting_a_user_leaves_only_the_tombstone(valkey, ann):
    result = json.loads(run("delete_user", "ann@example.com", "--no-input", "--json"))
    assert result == {"id": "u1", "deleted": True, "conversations": 120}
    assert valkey.data_keys() == ["user:u1:erased"]
    assert 29 * 86400 < valkey.client.ttl("user:u1:erased") <= 30 * 86400


def test_the_command_asks_for_confirmation(valkey, ann, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: "no")
    with pytest.raises(CommandError, match="Nothing was deleted"):
        run("delete_user", "u1")
    assert valkey.client.exists("user:u1:profile")
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    assert "This deletes u1 and 120 conversations for ever." in run("delete_user", "u1")
    assert not valkey.client.exists("user:u1:profile")


def test_an_unknown_user_and_an_outage_are_one_sentence_errors(valkey, ann):
    with pytest.raises(CommandError, match="There is no such user"):
        run("delete_user", "nobody@example.com", "--no-input")
    valkey.stop()
    with pytest.raises(CommandError, match="Redis"):
        run("delete_user", "ann@example.com", "--no-input")


def test_the_demo_covers_a_month_and_running_it_again_adds_nothing(valkey):
    first = json.loads(run("demo", "--json"))
    assert first["days_active"] == 31, "thirty days, and today, since the command reads the dashboard"
    assert first["conversations"] >= 15
    assert len(first["recent_conversations"]) == 3
    assert valkey.client.zcard("user:demo:mood_history") == 30
    again = json.loads(run("demo", "--json"))
    assert again["conversations"] == first["conversations"]
    assert valkey.client.zcard("user:demo:mood_history") == 30


def test_the_plan_of_the_demo_shows_all_but_the_first_day_of_the_month(valkey, trusted):
    run("demo")
    assert len(trusted.get("/api/mood-history?userId=demo&days=30").json()["history"]) == 29


def test_the_demo_needs_redis(valkey):
    valkey.stop()
    with pytest.raises(CommandError, match="Redis does not answer"):
        run("demo")


def test_the_demo_prints_its_newest_conversations_one_on_each_line(valkey):
    titles = [each["summary"] for each in json.loads(run("demo", "--json"))["recent_conversations"]]
    shown = run("demo")
    assert [line.split("Z", 1)[1].strip() for line in shown.splitlines()[-3:]] == titles
    assert "{" not in shown
