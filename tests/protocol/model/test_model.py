"""The model of the journal's protocol: it holds, each of its protections is needed, and docs/protocol.md says so."""

import sys
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest

from tests.protocol.model import report, worlds
from tests.protocol.model.explore import Action, Invariant, Switch
from tests.support.documents import PAGES, rows

pytestmark = pytest.mark.no_cover  # runs none of the measured code

ENVIRONMENT = {
    "copy",
    "sync",
    "kill",
    "promote",
    "crash",
    "die",
    "expire",
    "take",
    "move",
    "fail_over",
    "flush",
    "mistake",
}
"""Actions that no function performs: faults, and what servers and people do."""
NEEDED = (
    "a primary without an append-only file proves nothing, whatever its replicas",
    "in `ahead` mode every write is in the journal before it is sent",
    "a primary that drops out of the drain has proven nothing",
    "a registration asks for pending claims of its host before it is sent",
    "a probe that finds no mark, or another one, means away",
    "an erasure removes only what was made before it",
)
"""Protections that were missing once, and whose absence an examination had to find."""


def of_kind(module, kind):
    """Return the names and values of a module that are of this kind."""
    return {name: value for name, value in vars(module).items() if isinstance(value, kind)}


def named(dotted):
    """Return the object of a dotted name."""
    parts = dotted.split(".")
    for count in range(len(parts) - 1, 0, -1):
        try:
            module = import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[count:], module)
    raise ModuleNotFoundError(dotted)


@pytest.mark.parametrize("world", report.WORLDS, ids=lambda world: world.name)
def test_a_world_holds_in_all_its_states(world, record_property):
    explored = report.whole(world)
    sys.stdout.write(f"{world.name}: {explored.states} states. {report.bounds_of(world)}\n")
    record_property("worlds", 1)
    record_property("states", explored.states)
    assert (explored.broken, explored.trace) == ("", ())
    assert report.world_row(world) in PAGES["docs/protocol.md"]
    happened = explored.happened.union(*(report.without(world, switch).happened for switch in world.switches))
    assert [act.name for act in world.actions if act not in happened] == []


@pytest.mark.parametrize(("world", "switch"), report.SWITCHES, ids=lambda each: getattr(each, "protection", None))
def test_without_a_protection_a_promise_is_broken(world, switch):
    explored = report.without(world, switch)
    assert explored.trace
    assert report.switch_row(world, switch) in PAGES["docs/protocol.md"]


@pytest.mark.parametrize(("world", "limit"), report.LIMITS, ids=lambda each: getattr(each, "words", None))
def test_what_is_not_promised_does_happen(world, limit):
    assert report.limited(world, limit).trace
    assert report.limit_row(world, limit) in PAGES["docs/protocol.md"]


def test_the_page_has_no_other_rows():
    counts = [len(found) for found in (report.WORLDS, report.SWITCHES, report.LIMITS)]
    headings = ("world | bounds", "world | protection", "world | not promised")
    assert [len(rows("docs/protocol.md", heading)) for heading in headings] == counts


def test_the_protections_that_were_missing_are_among_the_switches():
    assert {*NEEDED} <= {switch.protection for _, switch in report.SWITCHES}
    assert len(report.SWITCHES) >= 12
    assert len(report.WORLDS) >= 8


@pytest.mark.parametrize("module", report.MODULES, ids=lambda module: module.WORLD.name)
def test_a_world_uses_every_action_invariant_and_switch_of_its_file(module):
    world = module.WORLD
    assert set(of_kind(module, Action).values()) == set(world.actions)
    assert set(of_kind(module, Invariant).values()) == {*world.invariants, *world.limits}
    assert set(of_kind(module, Switch).values()) == set(world.switches)


def test_every_file_of_a_world_is_explored():
    files = {path.stem for path in Path(worlds.__path__[0]).glob("*.py") if path.stem != "__init__"}
    assert files == {module.__name__.rpartition(".")[2] for module in report.MODULES}


@pytest.mark.parametrize("module", report.MODULES, ids=lambda module: module.WORLD.name)
def test_every_action_names_the_function_that_performs_it(module):
    for name, act in of_kind(module, Action).items():
        assert (act.performs == "") == (name in ENVIRONMENT), name
        assert not act.performs or callable(named(act.performs))


@pytest.mark.parametrize("name", ["redis_models.writer.no_such_function", "redis_models.no_such_module.submit"])
def test_a_function_that_does_not_exist_is_detected(name):
    with pytest.raises((AttributeError, ModuleNotFoundError)):
        named(name)
