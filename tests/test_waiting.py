"""No test depends on the speed of the machine: only tests/support/waiting.py reads a clock and waits."""

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
    """Return whether the node uses `time.monotonic` or a similar function, or imports a name from `time`."""
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id == "time" and node.attr in CLOCKS
    return isinstance(node, ast.ImportFrom) and node.module == "time"


def computes_statistics(node):
    if isinstance(node, ast.Import):
        return any(each.name in FIGURES for each in node.names)
    return isinstance(node, ast.ImportFrom) and node.module in FIGURES


def races_with_a_timer(node):
    return isinstance(node, ast.Attribute) and node.attr == "Timer"


def has_a_limit_of_its_own(node):
    """Return whether the node passes a number of seconds as a limit, instead of PATIENCE_S or a promise's deadline."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
    limits = [each.value for each in node.keywords if each.arg in LIMITS]
    if name in {"wait", "join", "within"}:
        limits += node.args
    return any(isinstance(limit, ast.Constant) and isinstance(limit.value, int | float) for limit in limits)


RULES = (reads_a_clock, computes_statistics, races_with_a_timer, has_a_limit_of_its_own)


def broken_rules(source):
    nodes = ast.walk(ast.parse(source))
    return [f"line {node.lineno}: {rule.__name__}" for node in nodes for rule in RULES if rule(node)]


def test_no_test_depends_on_the_speed_of_the_machine():
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
def test_a_test_that_breaks_the_rules_is_found(source):
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
def test_a_test_that_follows_the_rules_is_accepted(source):
    assert broken_rules(source) == []


class Clock:
    """Replaces `time`; only `sleep` moves the clock."""

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


def test_a_deadline_is_five_times_the_promise_and_at_least_five_seconds():
    assert [deadline(promised_s=promised_s) for promised_s in (0.025, 1.0, 1.5, 2.5)] == [LEAST_S, 5.0, 7.5, 12.5]


def test_wait_until_returns_when_the_condition_is_true(clock):
    took = wait_until(lambda: clock.now > 103, at_most_s=deadline(promised_s=1))
    assert took == pytest.approx(3, abs=0.02)


def test_wait_until_fails_if_the_condition_is_not_true_in_time(clock):
    with pytest.raises(AssertionError, match="in time"):
        wait_until(lambda: clock.now > 106, at_most_s=deadline(promised_s=1))


def test_a_block_must_meet_its_deadline_and_its_minimum_time(clock):
    with lasting(2), within(deadline(promised_s=1)):
        clock.sleep(2)
    with pytest.raises(AssertionError), within(deadline(promised_s=1)):
        clock.sleep(6)
    with pytest.raises(AssertionError), lasting(2):
        clock.sleep(1)


def test_threads_that_ended_are_joined():
    joined()
