"""A damaged journal: damaged rows become dead letters, or the whole rows of the file are brought back and replayed."""

import random
import shutil
from collections import Counter

import pytest

from redis_models.errors import JournalUnavailable
from redis_models.health import monitor
from redis_models.journal import journal
from redis_models.replay.drain import drain
from tests.faults.harness.ledger import Ledger, Operation
from tests.faults.harness.storm import carry_out, verdict_on
from tests.faults.harness.subjects import Aira

ROWS = 60
BIT_FLIPS = 200
TORN_TAILS = 100
FILE, LOG = "journal.sqlite3", "journal.sqlite3-wal"


@pytest.fixture
def ledger(valkey, tmp_path, settings):
    """Accept some saves while Redis is away; copy the data dir as a crash leaves it and as a clean exit leaves it."""
    settings.AIRA_DATA_DIR = tmp_path / "var"
    valkey.stop()
    made = Ledger()
    carry_out(Aira(), map(Operation, range(ROWS)), made, threads=1)
    shutil.copytree(settings.AIRA_DATA_DIR, tmp_path / "crashed")
    journal().close()
    shutil.copytree(settings.AIRA_DATA_DIR, tmp_path / "closed")
    valkey.start()
    monitor.probe_once()
    assert len(made.acknowledged) == ROWS
    return made


@pytest.fixture
def result_of(ledger, valkey, tmp_path, settings):
    """Damage a copy of the journal, replay it, and return what happened to the rows; the rest is asserted here."""

    def run(number, state, damage):
        folder = tmp_path / f"damaged-{number}"
        shutil.copytree(tmp_path / state, folder)
        damage(folder)
        settings.AIRA_DATA_DIR = folder
        valkey.empty()
        try:
            drain()
        except JournalUnavailable:  # the damage was found in the middle
            drain()
        status = journal().admin.status()
        is_kept_aside = any(folder.glob("journal-damaged-*"))
        journal().close()
        shutil.rmtree(folder)
        verdict = verdict_on(ledger, Aira(), valkey.client)
        assert (verdict.duplicated, verdict.miscounted, verdict.unknown, status.pending) == (0, 0, 0, 0), verdict
        if verdict.lost == 0:
            return "all there"
        if verdict.lost == status.dead_letters:
            return "dead letter"
        if is_kept_aside:
            return "brought back" if verdict.lost <= status.unreadable_rows else "brought back, too few counted"
        return "only the first" if only_the_first_are_stored(ledger, valkey.client) else "missing"

    return run


def only_the_first_are_stored(ledger, client):
    stored_users = {each.user_id: Aira().stored_user(each.user_id, client).messages for each in ledger.begun}
    are_stored = [each.message_id in stored_users[each.user_id] for each in ledger.begun]
    return are_stored == sorted(are_stored, reverse=True)


def flip_bit(path, chance):
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def tear(path, chance):
    with path.open("r+b") as file:
        file.truncate(chance.randrange(path.stat().st_size))


def test_flipped_bits_are_detected(result_of):
    chance = random.Random(1)
    ends = Counter(
        result_of(number, "closed", lambda folder: flip_bit(folder / FILE, chance)) for number in range(BIT_FLIPS)
    )
    assert ends["missing"] == 0, ends
    assert ends["dead letter"] > BIT_FLIPS / 5, ends
    assert ends.total() == BIT_FLIPS


def test_torn_files_are_detected(result_of):
    chance = random.Random(2)
    ends = Counter(
        result_of(number, "closed", lambda folder: tear(folder / FILE, chance)) for number in range(TORN_TAILS // 2)
    )
    assert ends["missing"] == 0, ends
    assert ends["brought back"] > TORN_TAILS / 5, ends


def test_complete_transactions_before_the_tear_in_a_torn_log_are_replayed(result_of, tmp_path):
    chance = random.Random(3)
    whole = (tmp_path / "crashed" / LOG).stat().st_size
    assert whole > 10_000
    ends = Counter(
        result_of(number, "crashed", lambda folder: tear(folder / LOG, chance)) for number in range(TORN_TAILS // 2)
    )
    assert ends["missing"] == 0, ends
    assert ends["only the first"] > TORN_TAILS / 4, ends
