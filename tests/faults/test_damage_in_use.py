"""A journal that is damaged while two workers use it: a yes after the damage is kept, what is lost is counted."""

import random
import shutil

import pytest

from redis_models.errors import JournalUnavailable
from redis_models.journal import Journal
from redis_models.journal.store import FILE_NAME, Store
from redis_models.operations.write import Write

BIT_FLIPS = 200
TORN_TAILS = 100
LOG = f"{FILE_NAME}-wal"


class Workers:
    """Two workers with one journal, and the numbers of the writes that they have acknowledged."""

    def __init__(self, folder, chance):
        self.acknowledged = set()
        self.stores = [Store(folder), Store(folder)]
        self.journals = [Journal(store) for store in self.stores]
        self._chance = chance
        self._number = 0

    def write(self, *, to=None):
        self._number += 1
        text = "x" * (30_000 if self._number % 10 == 0 else 40)
        write = Write(f"u{self._number}", "accounts.plan.1", ("k",), (text,), self._number)
        try:
            (to or self._chance.choice(self.journals)).rows.keep(write, row_id=None)
        except JournalUnavailable:
            return
        self.acknowledged.add(self._number)

    def write_some(self, most):
        for _ in range(self._chance.randrange(1, most)):
            self.write()

    def close(self):
        for store in self.stores:
            store.close()


def tear(path, chance):
    with path.open("r+b") as file:
        file.truncate(chance.randrange(path.stat().st_size))


def flip_bit(path, chance):
    with path.open("r+b") as file:
        at = file.seek(chance.randrange(path.stat().st_size))
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << chance.randrange(8)]))


def after_a_crash(folder, copy):
    """Return the numbers of the writes that the next start finds, and how many rows it counts as lost."""
    shutil.copytree(folder, copy)
    started = Journal(Store(copy))
    try:
        due = started.queue.due("", after=0, most=1000)
    except JournalUnavailable:  # the damage was found in the middle
        due = started.queue.due("", after=0, most=1000)
    status = started.admin.status()
    started.close()
    return {row.write.at for row in due.rows}, status.unreadable_rows + status.dead_letters


def life(seed, folder, damage):
    """Damage a journal in use; return the writes acknowledged before and after it, those found, and the lost."""
    chance = random.Random(seed)
    workers = Workers(folder / "data", chance)
    workers.write_some(10)
    if chance.random() < 0.5:
        workers.stores[0].wipe()  # so that rows are in the file itself
    workers.write_some(10)
    before, workers.acknowledged = workers.acknowledged, set()
    damage(folder / "data" / chance.choice((FILE_NAME, LOG)), chance)
    workers.write_some(5)
    for kept in workers.journals:
        workers.write(to=kept)
    found, lost = after_a_crash(folder / "data", folder / "crashed")
    workers.close()
    return before, workers.acknowledged, found, lost


@pytest.mark.parametrize(("damage", "lives"), [(flip_bit, BIT_FLIPS), (tear, TORN_TAILS)], ids=["bits", "tails"])
def test_no_yes_after_the_damage_is_lost_and_what_was_lost_before_is_counted(damage, lives, tmp_path):
    ends = {"lost after": [], "not counted": []}
    losses = 0
    for seed in range(lives):
        (tmp_path / str(seed)).mkdir()
        before, after, found, lost = life(seed, tmp_path / str(seed), damage)
        shutil.rmtree(tmp_path / str(seed))
        losses += len(before - found)
        ends["lost after"] += [seed] * bool(after - found)
        ends["not counted"] += [seed] * (len(before - found) > lost)
    assert ends == {"lost after": [], "not counted": []}
    assert losses > 0, "the damage did some harm"
