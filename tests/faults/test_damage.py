"""The journal's file is damaged: damaged rows become dead letters or the file is refused; the others replay."""

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
    """Accept some saves while Redis is away; keep the file as a crash leaves it, and as a clean end does."""
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
def found_after(ledger, valkey, tmp_path, settings):
    """Damage a copy of the journal, replay it, and say what became of the rows; everything else is asserted here."""

    def run(number, state, damage):
        folder = tmp_path / f"damaged-{number}"
        shutil.copytree(tmp_path / state, folder)
        damage(folder)
        settings.AIRA_DATA_DIR = folder
        valkey.client.flushall()
        try:
            drain()
            status = journal().admin.status()
        except JournalUnavailable:
            return "refused"
        finally:
            journal().close()
            shutil.rmtree(folder)
        verdict = verdict_on(ledger, Aira(), valkey.client)
        assert (verdict.duplicated, verdict.miscounted, verdict.unknown, status.pending) == (0, 0, 0, 0), verdict
        if verdict.lost == 0:
            return "all there"
        if verdict.lost == status.dead_letters:
            return "dead letter"
        return "only the first" if stored_are_the_first(ledger, valkey.client) else "missing"

    return run


def stored_are_the_first(ledger, client):
    shelves = {each.user_id: Aira().shelf(each.user_id, client).messages for each in ledger.begun}
    are_stored = [each.message_id in shelves[each.user_id] for each in ledger.begun]
    return are_stored == sorted(are_stored, reverse=True)


def flipped(path, chance):
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def torn(path, chance):
    with path.open("r+b") as file:
        file.truncate(chance.randrange(path.stat().st_size))


def test_flipped_bits_are_noticed(found_after):
    chance = random.Random(1)
    ends = Counter(
        found_after(number, "closed", lambda folder: flipped(folder / FILE, chance)) for number in range(BIT_FLIPS)
    )
    assert ends["missing"] == 0, ends
    assert ends["dead letter"] > BIT_FLIPS / 4, ends
    assert ends.total() == BIT_FLIPS


def test_torn_files_are_noticed(found_after):
    chance = random.Random(2)
    ends = Counter(
        found_after(number, "closed", lambda folder: torn(folder / FILE, chance)) for number in range(TORN_TAILS // 2)
    )
    assert ends["missing"] == 0, ends
    assert ends["refused"] > 0, ends


def test_of_a_torn_log_the_whole_transactions_before_the_tear_are_replayed(found_after, tmp_path):
    chance = random.Random(3)
    whole = (tmp_path / "crashed" / LOG).stat().st_size
    assert whole > 10_000
    ends = Counter(
        found_after(number, "crashed", lambda folder: torn(folder / LOG, chance)) for number in range(TORN_TAILS // 2)
    )
    assert ends["missing"] == 0, ends
    assert ends["only the first"] > TORN_TAILS / 4, ends
