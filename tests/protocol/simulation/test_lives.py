"""Lives of the real code with simulated servers, network, clocks and disks: nothing is lost, and nothing is doubled."""

import subprocess
import sys

import pytest

from aira_site.settings import BASE_DIR
from tests.faults.harness.zygote import unmeasured
from tests.protocol.simulation.faults import FAULTS
from tests.protocol.simulation.lives import LIVES, batches, lived, process_of_lives, seen_with, told
from tests.protocol.simulation.plants import PLANTS
from tests.support.documents import rows

TWICE = range(20)
ONCE_WRONG = {
    **dict.fromkeys(
        (1694, 5337, 5811, 6119, 7413, 8001),
        "an erasure was asked for when the host was 300 s ahead, and got its time when the host knew the servers' time",
    ),
    6542: "a host is asked before it has a journal",
    6699: "a host looked for announcements on an old primary, and took them for confirmed on the new one",
    6775: "an email that was pending on a host, and went to a rival, is stored for the rival by the same host",
    8035: "a journal was adopted while the server that proves nothing had just applied its rows",
    8464: "the rival was pending on another host",
    9654: "as 6699, with the other host",
    8737: "the rival was erased, and the email is stored for a third person",
}
"""Lives that were found wrong once, and why."""


@pytest.fixture(scope="module")
def elsewhere():
    with process_of_lives() as call:
        yield call


@pytest.mark.parametrize("seeds", batches(LIVES), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_in_every_life_what_was_acknowledged_is_there_once(seeds, elsewhere, record_property):
    acknowledged, wrong = elsewhere(lived, seeds)
    record_property("lives", len(seeds))
    record_property("acknowledged in lives", acknowledged)
    assert wrong == []
    assert acknowledged > 5 * len(seeds)


@pytest.mark.parametrize("seed", ONCE_WRONG)
def test_a_life_that_was_once_wrong_is_clean(seed, elsewhere):
    assert elsewhere(lived, range(seed, seed + 1))[1] == []


@pytest.mark.parametrize("seed", TWICE)
def test_the_same_seed_is_the_same_life_to_the_byte(seed, elsewhere):
    assert elsewhere(told, seed) == elsewhere(told, seed)


def test_the_command_tells_the_same_life(elsewhere):
    command = [sys.executable, "-m", "tests.protocol.simulation", str(TWICE.stop)]
    environment = unmeasured() | {"PYTHONHASHSEED": "7"}
    output = subprocess.run(command, capture_output=True, text=True, check=True, cwd=BASE_DIR, env=environment).stdout
    assert output == elsewhere(told, TWICE.stop)[0]


def test_lives_have_all_faults(elsewhere):
    stories = "\n".join(elsewhere(told, seed)[0] for seed in range(60))
    assert [fault.name for fault in FAULTS if fault.name not in stories] == []


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.protection)
def test_a_fault_in_the_real_code_is_found(plant, elsewhere):
    seen, seen_without, story = elsewhere(seen_with, plant.protection)
    assert plant.seen_as in seen, story
    assert seen_without == set()


def test_the_page_names_the_faults_with_their_seeds():
    listed = [
        (protection, f"`{plant.file}`", str(plant.seed), plant.seen_as)
        for plant in PLANTS
        for protection in (plant.protection,)
    ]
    assert [tuple(row) for row in rows("docs/protocol.md", "protection switched off in the real code")] == listed
    assert len(PLANTS) >= 12
