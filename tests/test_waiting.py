"""No test rests on how fast the machine is: tests/support/waiting.py is where tests read a clock and wait."""

import ast
from pathlib import Path

import pytest

from tests.support import waiting
from tests.support.waiting import LEAST_S, deadline, joined, lasting, wait_until, within

FOLDER = Path(__file__).parent
CLOCKS = {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "time", "sleep"}
FIGURES = {"statistics", "timeit"}
LIMITS = {"timeout", "at_most_s"}
FILES = sorted(path for path in FOLDER.rglob("*.py") if path.name != "waiting.py")


def reads_a_clock(node):
    """`time.monotonic` and its like; also by name: `from time import monotonic`."""
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id == "time" and node.attr in CLOCKS
    return isinstance(node, ast.ImportFrom) and node.module == "time"


def makes_figures(node):
    if isinstance(node, ast.Import):
        return any(each.name in FIGURES for each in node.names)
    return isinstance(node, ast.ImportFrom) and node.module in FIGURES


def races_with_a_timer(node):
    return isinstance(node, ast.Attribute) and node.attr == "Timer"


def has_a_limit_of_its_own(node):
    """A number of seconds where PATIENCE_S or a promise's deadline should stand: to wait, to join, as a time-out."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
    limits = [each.value for each in node.keywords if each.arg in LIMITS]
    if name in {"wait", "join", "within"}:
        limits += node.args
    return any(isinstance(limit, ast.Constant) and isinstance(limit.value, int | float) for limit in limits)


RULES = (reads_a_clock, makes_figures, races_with_a_timer, has_a_limit_of_its_own)


def broken_rules(source):
    nodes = ast.walk(ast.parse(source))
    return [f"line {node.lineno}: {rule.__name__}" for node in nodes for rule in RULES if rule(node)]


def test_no_test_rests_on_how_fast_the_machine_is():
    found = {str(path.relative_to(FOLDER)): broken_rules(path.read_text()) for path in FILES}
    assert len(found) > 100
    assert {path: broken for path, broken in found.items() if broken} == {}


@pytest.mark.parametrize(
    "source",
    [
        "time.monotonic() - begun < 0.5",
        "time.sleep(1)",
        "from time import perf_counter",
        "import statistics",
        "from statistics import median",
        "threading.Timer(0.2, free)",
        "done.wait(5)",
        "thread.join(0.5)",
        "client.get(url, timeout=2)",
        "wait_until(is_so, at_most_s=3)",
        "with within(2): pass",
    ],
)
def test_a_test_that_does_is_found(source):
    assert len(broken_rules(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "time.time_ns",
        "process.wait(PATIENCE_S)",
        "','.join(parts)",
        "thread.join()",
        "wait_until(is_so, at_most_s=deadline(promised_s=2))",
        "with within(deadline(promised_s=2.5)): pass",
        "budget(0.3)",
    ],
)
def test_a_test_that_does_not_is_left_alone(source):
    assert broken_rules(source) == []


class Clock:
    """Stands for `time`: sleeping is what makes it later."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(waiting, "time", made)
    return made


def test_a_promise_is_held_five_times_over_and_for_five_seconds_at_least():
    assert [deadline(promised_s=promised_s) for promised_s in (0.025, 1.0, 1.5, 2.5)] == [LEAST_S, 5.0, 7.5, 12.5]


def test_what_happens_in_time_is_waited_for(clock):
    took = wait_until(lambda: clock.now > 103, at_most_s=deadline(promised_s=1))
    assert took == pytest.approx(3, abs=0.02)


def test_what_does_not_happen_in_time_fails(clock):
    with pytest.raises(AssertionError, match="in time"):
        wait_until(lambda: clock.now > 106, at_most_s=deadline(promised_s=1))


def test_a_block_is_held_to_its_deadline_and_to_its_least_time(clock):
    with lasting(2), within(deadline(promised_s=1)):
        clock.sleep(2)
    with pytest.raises(AssertionError), within(deadline(promised_s=1)):
        clock.sleep(6)
    with pytest.raises(AssertionError), lasting(2):
        clock.sleep(1)


def test_threads_that_ended_are_joined():
    joined()
