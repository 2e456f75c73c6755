import io
import json

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Plan
from accounts.services import register_user
from redis_models.health.clock import now_ms


def run(*arguments):
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def people(valkey):
    """Three registered users."""
    day = 1_795_423_341_000
    register_user(user_id="u1", email="ann@example.com", name="Ann", at=day)
    register_user(user_id="u2", email="ben@example.com", name="Ben", plan=Plan.PLUS, at=day + 86_400_000)
    register_user(user_id="a@b", email="cleo@example.com", name="Cl\u202eeo".replace("\u202e", ""), at=now_ms())


def test_a_user_is_found_by_email_and_by_id(people):
    for text in ("Ann@Example.com", "u1"):
        assert json.loads(run("find_user", text, "--json"))["id"] == "u1"
    assert json.loads(run("find_user", "a@b", "--json"))["email"] == "cleo@example.com"
    shown = run("find_user", "u1")
    assert "ann@example.com" in shown
    assert "joinedAt" in shown


@pytest.mark.parametrize("text", ["nobody@example.com", "nobody"])
def test_an_unknown_user_is_reported(people, text):
    with pytest.raises(CommandError, match="There is no such user"):
        run("find_user", text)


def test_an_invalid_id_is_a_one_sentence_error(people):
    with pytest.raises(CommandError, match="userId must be"):
        run("find_user", "a b")


def test_users_are_listed_by_plan_and_day(people):
    assert {row["id"] for row in json.loads(run("list_users", "--json"))} == {"u1", "u2", "a@b"}
    assert [row["id"] for row in json.loads(run("list_users", "--plan", "plus", "--json"))] == ["u2"]
    joined = json.loads(run("list_users", "--joined-after", "2026-11-24", "--json"))
    assert "u1" not in {row["id"] for row in joined}
    assert len(json.loads(run("list_users", "--limit", "2", "--json"))) == 2
    table = run("list_users")
    assert all(text in table for text in ("email", "ann@example.com", "ben@example.com"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--plan", "gold"], "Plan must be one of"),
        (["--joined-after", "yesterday"], "A time must be ISO 8601"),
        (["--limit", "0"], "--limit must be at least 1"),
        (["--plan", "premium"], "There is no such user"),
    ],
)
def test_a_wrong_filter_is_a_one_sentence_error(people, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("list_users", *arguments)


def test_keys_without_a_registered_user_are_not_listed(valkey):
    valkey.client.hset("user:half:profile", "plan", "plus")
    valkey.client.hset("user:not an id:profile", "id", "x")
    with pytest.raises(CommandError, match="There is no such user"):
        run("list_users")


def test_a_plan_is_set(people):
    result = json.loads(run("set_plan", "ann@example.com", "Premium", "--json"))
    assert result == {"id": "u1", "before": "free", "plan": "premium", "pending": False}
    assert json.loads(run("find_user", "u1", "--json"))["plan"] == "premium"


def test_an_unknown_plan_or_user_is_a_one_sentence_error_and_nothing_is_written(people, valkey):
    before = valkey.client.dbsize()
    with pytest.raises(CommandError, match="Plan must be one of"):
        run("set_plan", "u1", "gold")
    with pytest.raises(CommandError, match="There is no such user"):
        run("set_plan", "nobody", "plus")
    assert valkey.client.dbsize() == before


def test_without_redis_the_command_does_not_say_that_a_user_does_not_exist(valkey):
    valkey.stop()
    for text in ("ann@example.com", "u1"):
        with pytest.raises(CommandError, match=r"cannot be known now|Redis"):
            run("find_user", text)
