"""The trace: off by default; a line for each step; nothing in it that a user wrote."""

import json
import logging

import pytest

from accounts import writes
from redis_models import trace
from redis_models.errors import JournalUnavailable
from redis_models.journal import journal
from redis_models.journal.store import Store
from redis_models.replay.drain import drain
from redis_models.writer import submit
from tests.protocol.model.test_model import named

EMAIL = "canary@example.com"
INSERT_ROW = (
    "INSERT INTO rows (user_id, claim, state, owner, deadline_ms, database, body, checksum, appended_ms)"
    " VALUES ('u1', '', 'pending', '', 0, '', ?, x'', 0)"
)


@pytest.fixture
def file(settings, tmp_path):
    settings.AIRA_TRACE = str(tmp_path / "trace")
    return tmp_path / "trace"


@pytest.fixture
def lines(file):
    return lambda: [json.loads(line) for line in file.read_text().splitlines()]


def test_it_is_off_by_default(settings, plan_write):
    assert settings.AIRA_TRACE == ""
    assert trace.digest("a text") == ""
    assert trace.origin(plan_write) is None


def test_every_step_is_a_line_that_names_its_function(valkey, lines, plan_write, keep):
    submit(plan_write())
    keep(plan_write(at=1_795_423_341_001))
    drain()
    found = [(line["step"].rpartition(".")[2], line["says"]) for line in lines() if "row" in line or "write" in line]
    assert found == [
        *([("opened", "ahead")] * 2),
        *(("begin", "in flight"), ("apply", "sent"), ("apply", "applied"), ("submit", "applied")),
        *(("applied", "applied"), ("keep", "pending")),
        *(("apply", "applied"), ("apply", "applied"), ("settle", ""), ("settle", "")),
    ]
    assert all(callable(named(line["step"])) for line in lines())


def test_emails_and_ids_are_digests_that_depend_on_the_secret_key(valkey, file, settings):
    submit(writes.registration(user_id="canary-id", email=EMAIL, name="canary-name", plan="", at=1))
    drain()
    assert "canary" not in file.read_text()
    before = trace.digest(EMAIL)
    settings.SECRET_KEY = "another"
    assert before != trace.digest(EMAIL) != ""


def test_the_lines_of_a_transaction_are_followed_by_how_it_ended(lines, keep, plan_write):
    keep(plan_write())

    def fail():
        trace.note_change("", row=1, was="pending")
        raise JournalUnavailable

    with pytest.raises(JournalUnavailable), trace.transaction():
        fail()
    ended = [line["says"] for line in lines() if line["step"] == trace.TRANSACTION]
    assert ended == [trace.COMMITTED, trace.ROLLED_BACK]


def test_a_transaction_without_a_change_has_no_line(file):
    with trace.transaction():
        pass
    assert not file.exists()


def test_a_change_outside_a_transaction_of_the_program_names_none(lines):
    trace.note_change("pending", row=1, was="")
    assert [line["transaction"] for line in lines()] == [""]


def test_a_row_whose_write_cannot_be_read_has_a_line_without_it(lines):
    Store(None).commit(lambda db: db.execute(INSERT_ROW, (b"no write",)))
    (line,) = [line for line in lines() if "was" in line]
    assert (line["row"], line["says"], line["write"]) == (1, "pending", "")


def test_a_trace_that_cannot_be_written_does_not_harm_the_site(valkey, settings, tmp_path, plan_write, caplog):
    settings.AIRA_TRACE = str(tmp_path / "no folder" / "trace")
    with caplog.at_level(logging.ERROR):
        assert submit(plan_write()).outcome == "applied"
    assert "The trace cannot be written" in caplog.text


def test_the_reason_of_a_dead_letter_is_told_only_if_it_is_a_text_of_the_program(lines, keep, plan_write):
    row_id = keep(plan_write())
    journal().queue.add_dead_letters({row_id: f"CONFLICT {EMAIL}"})
    journal().queue.add_dead_letters({row_id: "older than 7 days"})
    assert [line["reason"] for line in lines() if line["says"] == "set aside"] == ["refused", "older than 7 days"]
