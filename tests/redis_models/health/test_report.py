import io

import pytest
from django.core.management import CommandError, call_command

from redis_models.errors import JournalUnavailable
from redis_models.health import monitor
from redis_models.health.report import probed_report, report
from redis_models.journal.admin import Admin


@pytest.fixture
def broken_journal(settings, tmp_path):
    """A journal whose folder cannot be made."""
    (tmp_path / "file").touch()
    settings.AIRA_DATA_DIR = tmp_path / "file" / "data"


def shown(*command):
    out = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command(*command, stdout=out)
    return out.getvalue() + str(refused.value)


def test_a_report_is_what_the_process_knows_and_asks_nobody(valkey):
    valkey.stop()
    assert report().redis_healthy


def test_a_probed_report_asks_first(valkey):
    valkey.stop()
    found = probed_report()
    assert (found.redis_healthy, found.reason, found.status) == (False, "Redis does not answer.", "degraded")


def test_without_redis_and_a_journal_nothing_can_be_kept(valkey, broken_journal):
    assert report().status == "ready"
    valkey.stop()
    monitor.watch_once()
    assert report().facts() == {
        "status": "unavailable",
        "redisHealthy": False,
        "reason": "Redis does not answer.",
        "mode": "ahead",
        "usable": False,
    }


def test_a_journal_that_can_only_be_read_is_shown_and_takes_no_writes(valkey, plan_write, keep, monkeypatch):
    keep(plan_write())
    valkey.stop()

    def refuse(_):
        raise JournalUnavailable("The disk is read-only.")

    monkeypatch.setattr(Admin, "prove_writable", refuse)
    found = probed_report()
    assert (found.status, found.facts()["usable"], found.facts()["pending"]) == ("unavailable", False, 1)
    out = io.StringIO()
    call_command("journal", "status", stdout=out)
    assert "pending             1" in out.getvalue()


def test_the_commands_say_that_the_journal_cannot_be_used(valkey, broken_journal):
    assert "The journal cannot be used" in shown("journal", "status")
    valkey.stop()
    assert "usable" in shown("redis_health")
