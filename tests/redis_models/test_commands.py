import io
import json

import pytest
from django.core.management import CommandError, call_command

from redis_models.endpoint import endpoint_from
from redis_models.journal import journal
from redis_models.journal.facts import DATABASE_REACHED, REPLICAS
from redis_models.management import terminal
from redis_models.operations.write import Write


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


def test_an_unhealthy_redis_gives_exit_status_1(valkey):
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


def test_the_status_of_the_journal(valkey, plan_write, keep):
    keep(plan_write())
    facts = json.loads(run("journal", "status", "--json"))
    assert (facts["mode"], facts["durable"], facts["pending"], facts["lastReplay"]) == ("ahead", True, 1, None)
    assert facts["durability"] == "not known yet"
    run("journal", "replay")
    facts = json.loads(run("journal", "status", "--json"))
    assert (facts["pending"], facts["durability"]) == (0, "proven")
    assert facts["lastReplay"] is not None
    for count in (
        "inFlight",
        "applied",
        "deadLetters",
        "setAside",
        "forAnotherDatabase",
        "unfencedDropped",
        "oldestAgeSeconds",
    ):
        assert facts[count] == 0


def test_a_replay_reports_its_result(valkey, plan_write, keep):
    keep(plan_write())
    assert json.loads(run("journal", "replay", "--json")) == {
        "applied": 1,
        "fenced": 1,
        "deadLetters": 0,
        "heldBack": 0,
        "pending": 0,
        "setAside": 0,
    }
    keep(plan_write())
    valkey.stop()
    with pytest.raises(CommandError, match="Pending rows stay in the journal"):
        run("journal", "replay")


def test_replicas_that_were_removed_for_good_are_forgotten(valkey):
    assert json.loads(run("journal", "replay", "--json"))["applied"] == 0
    journal().admin.note(f"{REPLICAS} {journal().admin.fact(DATABASE_REACHED)} the primary", "2")
    assert json.loads(run("journal", "forget-replicas", "--json")) == {"forgottenReplicas": 2}
    assert json.loads(run("journal", "forget-replicas", "--json")) == {"forgottenReplicas": 0}


def test_the_rows_of_a_former_file_are_added(valkey, plan_write, keep, tmp_path):
    keep(plan_write())
    journal().admin.copy_to(tmp_path / "former.sqlite3")
    run("journal", "replay")
    added = {"broughtBack": 1, "pending": 1, "unreadableRows": 0}
    assert json.loads(run("journal", "salvage", str(tmp_path / "former.sqlite3"), "--json")) == added
    assert json.loads(run("journal", "salvage", "--json")) == added | {"broughtBack": 0}
    with pytest.raises(CommandError, match="There is no file"):
        run("journal", "salvage", str(tmp_path / "nowhere"))


@pytest.fixture
def dead(valkey, keep):
    """Make two dead letters and return their ids."""
    rows = [keep(Write("u1", "nowhere.at_all.1", (), (f"secret text {at}",), at)) for at in (1, 2)]
    run("journal", "replay")
    return rows


def test_dead_letters_can_be_retried_or_dropped(dead, status):
    assert json.loads(run("journal", "dead", "retry", str(dead[0]), "--json")) == {"retried": 1}
    assert (status().pending, status().dead_letters) == (1, 1)
    assert json.loads(run("journal", "dead", "drop", "--json")) == {"dropped": 1}
    with pytest.raises(CommandError, match="There is no such dead letter"):
        run("journal", "dead", "retry")


def test_a_dead_letter_is_exported_completely_into_a_private_file(dead, tmp_path):
    file = tmp_path / "dead.jsonl"
    with pytest.raises(CommandError, match="name a file with --output"):
        run("journal", "dead", "export")
    assert json.loads(run("journal", "dead", "export", "--output", str(file), "--json")) == {"exported": 2}
    assert [json.loads(line)["write"]["args"] for line in file.read_text().splitlines()] == [
        ["secret text 1"],
        ["secret text 2"],
    ]
    assert file.stat().st_mode & 0o777 == 0o600
    run("journal", "dead", "export", str(dead[1]), "--output", str(file))
    assert len(file.read_text().splitlines()) == 1


def test_dead_letters_are_listed(valkey, keep):
    assert run("journal", "dead").strip() == "There are no dead letters."
    assert json.loads(run("journal", "dead", "--json")) == []
    keep(Write("u1", "nowhere.at_all.1", (), ("secret text",), 1_795_423_341_000))
    run("journal", "replay")
    (row,) = json.loads(run("journal", "dead", "--json"))
    assert (row["user"], row["at"]) == ("u1", "2026-11-23T08:42:21.000Z")
    shown = run("journal", "dead")
    assert "nowhere.at_all" in shown
    assert "secret text" not in shown


def test_a_broken_journal_is_a_one_sentence_error(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.AIRA_DATA_DIR = tmp_path / "file" / "data"
    with pytest.raises(CommandError, match="The journal cannot be used"):
        run("journal", "status")


def test_a_cell_shows_facts_in_words_and_no_control_characters():
    shown = terminal.table([{"yes": True, "no": False, "none": None, "text": "a\x1b[31mb", "markup": "[bold]x"}])
    row = shown.splitlines()[-1].split()
    assert row == ["yes", "no", "-", "a\ufffd[31mb", "[bold]x"]


def test_a_command_without_an_implementation_is_an_error():
    with pytest.raises(NotImplementedError):
        terminal.TerminalCommand().handle()
