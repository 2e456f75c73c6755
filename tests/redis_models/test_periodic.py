import os
import threading

from redis_models.periodic import Periodic
from tests.support.waiting import PATIENCE_S


def test_the_first_step_runs_in_the_caller_and_the_next_in_a_thread():
    threads = []
    done = threading.Event()

    def step():
        threads.append(threading.current_thread())
        if len(threads) == 2:
            done.set()

    periodic = Periodic("test", interval_s=0.001, step=step)
    periodic.start()
    assert done.wait(PATIENCE_S)
    periodic.stop()
    assert threads[0] is threading.current_thread()
    assert threads[1].name == "test"
    assert not threads[1].is_alive()


def test_a_step_that_fails_is_logged_and_repeated(caplog):
    failures = []
    done = threading.Event()

    def step():
        failures.append(1)
        if len(failures) == 3:
            done.set()
        raise ZeroDivisionError

    periodic = Periodic("test", interval_s=0.001, step=step)
    periodic.start()
    assert done.wait(PATIENCE_S)
    periodic.stop()
    assert "test failed and goes on." in caplog.text


def test_a_forked_process_starts_its_own_thread(monkeypatch):
    steps = []
    periodic = Periodic("forked", interval_s=60, step=lambda: steps.append(1))
    periodic.survive_fork()
    assert threads_named("forked") == set()
    periodic.start()
    first = threads_named("forked")
    periodic.survive_fork()
    assert threads_named("forked") == first
    child = os.getpid() + 1
    with monkeypatch.context() as forked:
        forked.setattr(os, "getpid", lambda: child)
        periodic.survive_fork()
    assert len(threads_named("forked") - first) == 1
    periodic.stop()
    periodic.stop()
    assert steps == [1]


def threads_named(name):
    return {thread for thread in threading.enumerate() if thread.name == name}


def test_a_thread_that_cannot_start_is_logged(monkeypatch, caplog):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    periodic = Periodic("test", interval_s=60, step=lambda: None)
    periodic.start()
    assert "No thread can run here; test is off." in caplog.text
