"""Threads of a world run one at a time, wait in simulated time, and can be killed where they stand."""

from random import Random
from types import SimpleNamespace

import pytest

from tests.protocol.simulation.world.baton import Baton, Lock, Stuck, run_with

SIMULATED_S = 2.0


def process():
    """Return a process that does nothing at a switch."""
    return SimpleNamespace(on_switch=lambda: None, frozen_until=0.0)


@pytest.fixture(params=range(5))
def world(request):
    made = Baton(Random(request.param), on_turn=lambda task: None)
    run_with(made)
    return made


def test_time_passes_only_while_all_threads_wait(world):
    slept = []
    for seconds in (30, 10, 20):
        world.start("sleeper", None, lambda seconds=seconds: (world.sleep(seconds), slept.append((seconds, world.now))))
    world.sleep(60)
    assert slept == [(10, 10.0), (20, 20.0), (30, 30.0)]
    assert world.now == 60.0


def test_two_threads_do_not_hold_a_lock_at_once(world):
    lock, inside, most = Lock(), [], []

    def work():
        for _ in range(5):
            with lock:
                inside.append(1)
                most.append(len(inside))
                world.sleep(0.1)
                inside.pop()

    for number in range(3):
        world.start(f"worker {number}", None, work)
    world.sleep(10)
    assert most == [1] * 15


def test_waiting_for_a_lock_may_time_out(world):
    lock = Lock()
    assert lock.acquire()
    assert lock.locked()
    assert not lock.acquire(blocking=False)
    assert not lock.acquire(timeout=SIMULATED_S)
    assert world.now == SIMULATED_S


def test_a_killed_process_ends_where_it_stands(world):
    done, mortal = [], process()

    def work():
        try:
            while True:
                world.switch()
                world.sleep(1)
        finally:
            done.append(world.now)

    world.start("mortal", mortal, work)
    world.start("another", process(), lambda: (world.sleep(9), done.append("another")))
    world.sleep(3.5)
    assert world.has_tasks_of(mortal)
    world.kill(mortal)
    assert done == [pytest.approx(3.5, abs=0.1)]
    assert not world.has_tasks_of(mortal)
    world.sleep(10)
    assert done[1:] == ["another"]


def test_a_process_can_kill_itself_with_its_other_threads(world):
    mortal, ends = process(), []

    def wait():
        try:
            world.sleep(100)
        finally:
            ends.append("waited")

    world.start("one", mortal, wait)
    world.start("other", mortal, lambda: (world.sleep(1), world.kill(mortal), ends.append("went on")))
    world.sleep(5)
    assert ends == ["waited"]
    assert world.names == ["the world"]


def test_a_frozen_process_does_nothing(world):
    frozen, done = process(), []
    frozen.frozen_until = 7.0
    world.start("frozen", frozen, lambda: done.append(world.now))
    world.sleep(5)
    assert done == []
    world.sleep(5)
    assert done == [7.0]


def test_an_error_of_a_thread_is_kept(world):
    world.start("broken", None, lambda: 1 / 0)
    world.sleep(1)
    assert [type(each) for each in world.errors] == [ZeroDivisionError]


def test_it_is_noticed_if_all_threads_wait_for_ever(world):
    assert world.wait(lambda: bool(world.errors), SIMULATED_S) is False
    world.wait(bool)
    assert [type(each) for each in world.errors] == [Stuck]
