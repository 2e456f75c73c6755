import io
import json

import pytest
from django.core.management import CommandError, call_command

from redis_models.endpoint import endpoint_from
from redis_models.journal import journal
from redis_models.management import terminal
from redis_models.write import Write


def run(*arguments):
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_the_health_of_redis_is_shown(valkey):
    facts = json.loads(run("redis_health", "--json"))
    assert (facts["healthy"], facts["set"], facts["from"]) == (True, True, "REDIS_URL")
    assert [(each["role"], each["up"]) for each in facts["servers"]] == [("primary", True)]
    shown = run("redis_health")
    assert "healthy" in shown
    assert "primary" in shown


def test_an_unhealthy_redis_is_exit_status_1(valkey):
    valkey.stop()
    out = io.StringIO()
    with pytest.raises(CommandError, match="Redis is not healthy"):
        call_command("redis_health", "--json", stdout=out)
    facts = json.loads(out.getvalue())
    assert facts["healthy"] is False
    assert [(each["role"], each["up"]) for each in facts["servers"]] == [("primary", False)]


def test_a_cluster_that_cannot_be_reached_has_no_servers_to_show(connect_to):
    connect_to(endpoint_from({"REDIS_URL": "redis+cluster://127.0.0.1:1"}, embedded_url=""))
    out = io.StringIO()
    with pytest.raises(CommandError, match="Redis is not healthy"):
        call_command("redis_health", "--json", stdout=out)
    assert json.loads(out.getvalue())["servers"] == []


def test_the_status_of_the_journal(valkey, plan_write):
    journal().append(plan_write())
    facts = json.loads(run("journal", "status", "--json"))
    assert (facts["mode"], facts["durable"], facts["pending"], facts["lastReplay"]) == ("on_failure", True, 1, None)
    run("journal", "replay")
    assert json.loads(run("journal", "status", "--json"))["lastReplay"] is not None


def test_a_replay_says_what_it_did(valkey, plan_write):
    journal().append(plan_write())
    assert json.loads(run("journal", "replay", "--json")) == {"applied": 1, "setAside": 0, "pending": 0}
    journal().append(plan_write())
    valkey.stop()
    with pytest.raises(CommandError, match="what is pending goes on waiting"):
        run("journal", "replay")


def test_what_was_set_aside_is_listed(valkey):
    assert run("journal", "dead").strip() == "Nothing was set aside."
    assert json.loads(run("journal", "dead", "--json")) == []
    journal().append(Write("u1", "nowhere.at_all.1", (), ("secret text",), 1_795_423_341_000))
    run("journal", "replay")
    (row,) = json.loads(run("journal", "dead", "--json"))
    assert (row["user"], row["at"]) == ("u1", "2026-11-23T08:42:21.000Z")
    shown = run("journal", "dead")
    assert "nowhere.at_all" in shown
    assert "secret text" not in shown


def test_a_broken_journal_is_one_sentence(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.AIRA_DATA_DIR = tmp_path / "file" / "data"
    with pytest.raises(CommandError, match="The journal cannot be used"):
        run("journal", "status")


def test_a_cell_shows_facts_in_words_and_no_control_characters():
    shown = terminal.table([{"yes": True, "no": False, "none": None, "text": "a\x1b[31mb", "markup": "[bold]x"}])
    row = shown.splitlines()[-1].split()
    assert row == ["yes", "no", "-", "a\ufffd[31mb", "[bold]x"]


def test_a_command_without_work_is_a_defect():
    with pytest.raises(NotImplementedError):
        terminal.TerminalCommand().handle()
