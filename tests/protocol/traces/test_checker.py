"""The checker finds nothing in the scenario, and names the rule of each fault that is planted."""

import copy

import pytest

from tests.protocol.simulation.planting import planted
from tests.protocol.traces.checker import check
from tests.protocol.traces.plants import IN_CODE, IN_LINES, text_of
from tests.protocol.traces.scenario import recorded
from tests.support.documents import rows

ROWS = [(text_of(each.rule), each.place, "code") for each in IN_CODE]
ROWS += [(text_of(each.rule), each.change, "lines") for each in IN_LINES]


def rules_of(checked):
    return {each.rule for each in checked.illegal}


@pytest.fixture(scope="module")
def whole():
    return {}


@pytest.fixture
def lines(valkey, tmp_path, whole):
    if not whole:
        whole["lines"] = recorded(valkey, tmp_path / "trace")
    return copy.deepcopy(whole["lines"])


def test_a_run_of_the_real_code_is_legal(lines, record_property):
    checked = check(lines)
    assert list(map(str, checked.illegal)) == []
    record_property("traced steps", checked.steps)


@pytest.mark.parametrize("fault", IN_CODE, ids=lambda each: text_of(each.rule))
def test_a_fault_of_the_code_is_found(fault, valkey, tmp_path):
    with planted(fault.plant):
        found = rules_of(check(recorded(valkey, tmp_path / "trace")))
    assert text_of(fault.rule) in found


@pytest.mark.parametrize("fault", IN_LINES, ids=lambda each: each.change)
def test_changed_lines_are_found(fault, lines):
    assert text_of(fault.rule) in rules_of(check(fault.changed(lines)))


def test_the_page_lists_the_planted_faults():
    assert [tuple(cells) for cells in rows("docs/protocol.md", "rule that is named")] == ROWS
