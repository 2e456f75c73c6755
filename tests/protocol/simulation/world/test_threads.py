"""Threads that the program starts are tasks of its process, and their results can be waited for in simulated time."""

from random import Random
from types import SimpleNamespace

import pytest

from tests.protocol.simulation.world.baton import Baton, run_with
from tests.protocol.simulation.world.threads import Future, Thread

SIMULATED_S = 2.0


@pytest.fixture
def process():
    return SimpleNamespace(name="a.1", on_switch=lambda: None, frozen_until=0.0)


@pytest.fixture(params=range(5))
def world(request):
    made = Baton(Random(request.param), on_turn=lambda task: None)
    run_with(made)
    return made


def start(world, process, do, *args):
    """Let a task of the process start a thread."""
    thread = Thread(target=do, args=args, name="thread", daemon=True)
    world.start("a.1 caller", process, thread.start)


def test_a_result_is_waited_for(world, process):
    done, results = Future(), []
    start(world, process, lambda seconds: (world.sleep(seconds), done.set_result("done")), SIMULATED_S)
    with pytest.raises(TimeoutError):
        done.result(timeout=SIMULATED_S / 2)
    results.append(done.result())
    assert (results, world.now) == (["done"], SIMULATED_S)


def test_a_thread_ends_with_its_process(world, process):
    done = Future()
    start(world, process, lambda: (world.sleep(SIMULATED_S), done.set_result("done")))
    world.sleep(SIMULATED_S / 2)
    assert world.has_tasks_of(process)
    world.kill(process)
    with pytest.raises(TimeoutError):
        done.result(timeout=2 * SIMULATED_S)
    assert not world.has_tasks_of(process)
