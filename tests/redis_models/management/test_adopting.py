"""`journal adopt`: it names what comes back, asks, and can drop the rows into a file."""

import io
import json
import stat

import pytest
from django.core.management import CommandError, call_command

from redis_models.journal import journal
from redis_models.replay.drain import drain


def adopt(*options):
    out = io.StringIO()
    call_command("journal", "adopt", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def emptied(valkey, keep, plan_write):
    """A database that was emptied, and a row that it has lost."""
    drain()
    keep(plan_write())
    valkey.client.flushall()
    return valkey


@pytest.fixture
def answer(monkeypatch):
    """Answer the question; the questions are collected."""
    asked = []

    def say(text):
        def reply(question):
            asked.append(question)
            if text is None:
                raise EOFError
            return text

        monkeypatch.setattr("builtins.input", reply)
        return asked

    return say


def test_it_names_what_it_will_bring_back_asks_and_then_the_rows_are_applied(emptied, answer):
    asked = answer("yes")
    shown = adopt()
    assert "has lost its mark" in shown
    for line in ("writes              1", "users               1", "accounts.plan.1     1", "forAnotherDatabase  0"):
        assert line in shown
    assert asked == ["Type 'yes' to apply these writes to this database (again): "]
    assert "adoptedRows  1" in shown
    assert drain().applied == 1
    assert emptied.client.hget("user:u1:profile", "plan") == "plus"


@pytest.mark.parametrize("text", ["no", "", None])
def test_without_a_yes_nothing_is_adopted(emptied, answer, text):
    answer(text)
    with pytest.raises(CommandError, match="Nothing was adopted"):
        adopt()
    assert "lost its mark" in drain().stopped_by


def test_a_script_says_yes_in_advance(emptied):
    with pytest.raises(CommandError, match="--json needs --yes"):
        adopt("--json")
    assert json.loads(adopt("--yes", "--json")) == {"adoptedRows": 1}


def test_a_second_adoption_says_that_there_is_nothing_to_do(emptied):
    adopt("--yes")
    mark = emptied.client.get("aira:database")
    assert "There is nothing to do" in adopt()
    assert json.loads(adopt("--json")) == {"adoptedRows": 0}
    assert emptied.client.get("aira:database") == mark


def test_rows_that_name_another_database_are_adopted_too(valkey, keep, plan_write, answer):
    drain()
    journal().rows.database = "another"
    keep(plan_write())
    assert drain().applied == 0
    answer("yes")
    assert "forAnotherDatabase  1" in adopt()
    assert drain().applied == 1


def test_whoever_emptied_it_on_purpose_drops_the_rows_into_a_private_file(emptied, tmp_path, answer, status):
    file = tmp_path / "rows.jsonl"
    asked = answer("yes")
    assert "droppedRows  1" in adopt("--drop", "--output", str(file))
    assert asked == ["Type 'yes' to drop these writes: "]
    (row,) = map(json.loads, file.read_text().splitlines())
    assert row["write"]["args"] == ["plus"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (status().pending, status().applied) == (0, 0)
    assert drain().stopped_by == ""
    assert not emptied.client.exists("user:u1:profile")


def test_rows_are_dropped_only_into_a_file_that_is_new(emptied, tmp_path, status):
    for options in (["--drop"], ["--output", str(tmp_path / "a")]):
        with pytest.raises(CommandError, match="name it with --output FILE"):
            adopt("--yes", *options)
    (tmp_path / "a").write_text("rows of another day")
    with pytest.raises(CommandError, match="the file exists"):
        adopt("--yes", "--drop", "--output", str(tmp_path / "a"))
    assert (tmp_path / "a").read_text() == "rows of another day"
    assert status().pending == 1


def test_without_redis_nothing_is_adopted(emptied):
    emptied.stop()
    with pytest.raises(CommandError, match="Redis"):
        adopt("--yes")


def test_in_memory_mode_the_site_is_to_be_restarted(valkey, settings):
    valkey.client.flushall()
    valkey.client.set("user:u1:profile", "of a database that lost its mark")
    settings.AIRA_JOURNAL = "memory"
    assert json.loads(adopt("--yes", "--json")) == {"adoptedRows": 0, "restartTheSite": True}
    assert valkey.client.exists("aira:database")
    assert json.loads(adopt("--json")) == {"adoptedRows": 0, "restartTheSite": True}
