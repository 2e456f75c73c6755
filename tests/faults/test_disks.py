"""The journal's disk is full, read-only or broken: a healthy Redis works without it; only if both fail it is a 503."""

from contextlib import ExitStack

import pytest

from redis_models.background.housekeeping import housekeep_once
from redis_models.health import monitor
from redis_models.journal import journal
from redis_models.replay.drain import drain
from tests.faults.harness.disks import (
    LARGER,
    OF_4_MB,
    failing_writes,
    fill,
    needs_mount,
    remount,
    small_disk,
    without_limit,
)
from tests.faults.harness.ledger import Ledger, Operation
from tests.faults.harness.storm import verdict_on
from tests.faults.harness.subjects import Aira
from tests.support.waiting import deadline, within

SAVES_AT_MOST = 20_000
PROMISED_S = 10.0


class Full:
    """A disk of 1 MB, which the first saves fill."""

    def __init__(self, held, folder):
        self.data_dir = held.enter_context(small_disk(folder))

    def break_disk(self):
        """Do nothing: the saves fill the disk."""

    def repair(self):
        """Make room: rows can leave only if the file can be written."""
        remount(self.data_dir, "rw", size=LARGER)


class ReadOnly(Full):
    """A disk that becomes read-only."""

    def break_disk(self):
        journal().close()
        remount(self.data_dir, "ro")
        with pytest.raises(OSError, match="Read-only"):
            (self.data_dir / "proof").touch()

    def repair(self):
        journal().close()
        remount(self.data_dir, "rw")


class Broken:
    """A disk on which writes past the first 200 kB of a file fail with an I/O error."""

    def __init__(self, held, folder):
        self.data_dir = folder
        self._held = held.enter_context(ExitStack())

    def break_disk(self):
        self._held.enter_context(failing_writes())
        with pytest.raises(OSError, match="File too large"), (self.data_dir / "proof").open("wb") as file:
            file.write(bytes(300_000))

    def repair(self):
        self._held.close()


@pytest.fixture(
    params=[pytest.param(Full, marks=needs_mount), pytest.param(ReadOnly, marks=needs_mount), Broken],
    ids=["full", "read-only", "I/O errors"],
)
def disk(request, tmp_path, settings):
    with ExitStack() as held:
        made = request.param(held, tmp_path / "disk")
        settings.AIRA_DATA_DIR = made.data_dir
        journal().admin.prove_writable()
        yield made
        journal().close()


@pytest.fixture
def saves(trusted):
    """Save over HTTP and record the acknowledged saves in a ledger."""
    ledger = Ledger()

    def save(number, text="x"):
        operation = Operation(number)
        ledger.begin(operation)
        message = {"id": operation.message_id, "role": "user", "content": text, "timestamp": "2026-11-23T08:00:00.000Z"}
        body = {"userId": operation.user_id, "chatId": operation.conversation_id, "messages": [message]}
        response = trusted.post("/api/chat/save", body, format="json")
        if response.status_code == 200:
            ledger.acknowledge(operation)
        return response

    save.ledger = ledger
    return save


def until_refused(save):
    """Save until a save is refused; return that response."""
    return next(response for response in map(save, range(SAVES_AT_MOST)) if response.status_code != 200)


def test_if_redis_is_away_too_saves_are_refused_and_acknowledged_ones_are_stored_later(
    disk, saves, valkey, assert_clean
):
    valkey.stop()
    disk.break_disk()
    refused = until_refused(saves)
    assert (refused.status_code, refused.json()) == (503, {"error": "Failed to save chat. Please try again."})
    assert int(refused.headers["Retry-After"]) > 0
    disk.repair()
    valkey.start()
    monitor.probe_once()
    drain()
    assert journal().admin.status().pending == 0
    verdict = verdict_on(saves.ledger, Aira(), valkey.client)
    assert_clean(verdict)
    assert verdict.acknowledged > 0 or isinstance(disk, ReadOnly)
    assert saves(SAVES_AT_MOST).status_code == 200


def test_a_healthy_redis_takes_saves_without_the_journal(disk, saves, valkey):
    valkey.stop()
    disk.break_disk()
    until_refused(saves)
    with without_limit():
        valkey.start()
    monitor.probe_once()
    answers = [saves(SAVES_AT_MOST + number) for number in range(100)]
    assert {answer.status_code for answer in answers} == {200}
    stored = Ledger()
    for number in range(100):
        stored.begin(Operation(SAVES_AT_MOST + number))
        stored.acknowledge(Operation(SAVES_AT_MOST + number))
    assert verdict_on(stored, Aira(), valkey.client).lost == 0


@needs_mount
@pytest.mark.parametrize("size", [10, 3_000], ids=["small rows", "rows of 3 kB"])
@pytest.mark.parametrize("is_restarted", [False, True], ids=["running", "restarted"])
def test_all_rows_leave_a_disk_of_4_mb_that_is_full(
    saves, valkey, assert_clean, settings, tmp_path, size, is_restarted
):
    with small_disk(tmp_path / "disk", size=OF_4_MB) as settings.AIRA_DATA_DIR:
        housekeep_once()
        valkey.stop()
        until_refused(lambda number: saves(number, text="x" * size))
        fill(settings.AIRA_DATA_DIR)
        if is_restarted:
            journal().close()
        valkey.start()
        monitor.probe_once()
        with within(deadline(promised_s=PROMISED_S)):
            housekeep_once()  # one pass: the next after a failure would be 5 s later
        status = journal().admin.status()
        assert (status.pending, status.in_flight, status.applied) == (0, 0, 0)
        verdict = verdict_on(saves.ledger, Aira(), valkey.client)
        assert_clean(verdict)
        assert verdict.acknowledged > 200
        journal().close()
