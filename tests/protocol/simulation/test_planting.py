"""A planted fault is in the code during its block only."""

import subprocess
import sys
from dataclasses import replace

import pytest

from aira_site.settings import BASE_DIR
from redis_models import writer
from redis_models.health import breaker
from redis_models.operations.scripts import script
from redis_models.replay import primary_drain
from tests.faults.harness.zygote import unmeasured
from tests.protocol.simulation.planting import Plant, planted
from tests.protocol.simulation.plants import PLANTS

IN_PYTHON = Plant("", "redis_models/health/breaker.py", "self._misses >= MISSES_TO_OPEN", "self._misses >= 1", 0, "")


def opened_by_one_miss():
    tested = breaker.Breaker(on_open=bool)
    tested.probe_missed("no reply")
    return not tested.health.is_reachable


def test_a_function_runs_the_changed_code_only_in_the_block():
    with planted(IN_PYTHON):
        assert opened_by_one_miss()
    assert not opened_by_one_miss()


def test_code_before_a_decorator_is_changed_too():
    before = primary_drain.primary_drain_of.__wrapped__.__code__
    changed = replace(
        IN_PYTHON,
        file="redis_models/replay/primary_drain.py",
        protected="        yield PrimaryDrain(kept, link, primary, mark=mark)",
        unprotected="        yield None",
    )
    with planted(changed):
        assert primary_drain.primary_drain_of.__wrapped__.__code__ != before
    assert primary_drain.primary_drain_of.__wrapped__.__code__ == before


def test_a_script_is_changed_only_in_the_block():
    lua = next(plant for plant in PLANTS if plant.file == "chat/lua/conversations.lua")
    before = script("chat.save.1")
    with planted(lua):
        assert script("chat.save.1").source == before.source.replace(lua.protected, lua.unprotected)
    assert script("chat.save.1") == before


def test_other_code_stays_as_it_is():
    before = writer.submit.__code__
    with planted(IN_PYTHON):
        assert writer.submit.__code__ is before


@pytest.mark.parametrize("text", ["no such text", "self"])
def test_a_text_that_is_not_there_once_is_an_error(text):
    with pytest.raises(LookupError), planted(replace(IN_PYTHON, protected=text)):
        pass


def test_the_command_finds_the_seed():
    plant = next(each for each in PLANTS if each.protection == "a message is known by its id")
    command = [sys.executable, "-m", "tests.protocol.simulation.hunt", plant.protection]
    options = {"capture_output": True, "text": True, "cwd": BASE_DIR, "env": unmeasured()}
    found = subprocess.run(command, check=True, **options).stdout
    assert found == f"{plant.protection}: {plant.seed}, {plant.seen_as}\n"
