"""Threads of which one runs at a time: the one that holds the baton. A seed decides who gets it at each switch.

Time is simulated: it goes on a little at each switch, and jumps if all threads wait.
"""

import heapq
import threading
from collections.abc import Callable
from itertools import count
from math import inf
from random import Random
from typing import Any

TICK_S = 0.0005
"""The most that passes from one switch to the next."""


class Killed(BaseException):
    """Ends a thread whose process was killed; no code of the program may catch it."""


class Stuck(AssertionError):
    """All threads wait, and nothing will happen any more."""


class Task:
    """A thread, and what it waits for. `process` is the process that it belongs to; None for the world's own."""

    def __init__(self, name: str, process: Any) -> None:
        self.name = name
        self.process = process
        self.is_ready: Callable[[], bool] = bool
        self.until = 0.0
        self.is_killed = False
        self.killer: Task | None = None
        self.go = threading.Lock()
        self.go.acquire()


class Baton:
    """The tasks of a world; the thread that makes it is the first. `on_turn` is called with the task that goes on."""

    def __init__(self, random: Random, *, on_turn: Callable[[Task], object]) -> None:
        self.now = 0.0
        self.random = random
        self.current = Task("the world", None)
        self.errors: list[BaseException] = []
        self.restlessness = random.choice((0.1, 0.3, 0.6))
        self._on_turn = on_turn
        self._tasks = [self.current]
        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()

    def start(self, name: str, process: Any, do: Callable[[], object]) -> None:
        """Start a task; it runs when it is given the baton."""
        task = Task(name, process)
        self._tasks.append(task)
        threading.Thread(target=self._run, args=(task, do), name=name, daemon=True).start()

    def at(self, moment: float, do: Callable[[], object]) -> None:
        """Call the function at that time; it must not wait."""
        heapq.heappush(self._events, (moment, next(self._numbers), do))

    def switch(self) -> None:
        """Let the seed decide who goes on."""
        self.now += self.random.random() * TICK_S
        if self.current.is_killed:
            raise Killed
        if self.current.process is not None:
            self.current.process.on_switch()
        if self.random.random() < self.restlessness:
            self._pass_on(self.current, lambda: True, inf)

    def wait(self, is_ready: Callable[[], bool], timeout_s: float = inf) -> bool:
        """Wait until it is ready; return False if that takes longer than the time-out."""
        if self.current.is_killed:
            raise Killed
        self._pass_on(self.current, is_ready, self.now + timeout_s)
        return is_ready()

    def sleep(self, seconds: float) -> None:
        """Wait for that time."""
        self.wait(bool, seconds)

    def kill(self, process: Any) -> None:
        """End all tasks of the process; if the current one belongs to it, Killed is raised in it at last."""
        me = self.current
        for task in [each for each in self._tasks if each.process is process and each is not me]:
            task.is_killed, task.killer = True, me
            self._give(task)
            me.go.acquire()
            self._on_turn(me)
        if me.process is process:
            me.is_killed = True
            raise Killed

    @property
    def names(self) -> list[str]:
        """Return the names of the tasks."""
        return [task.name for task in self._tasks]

    def has_tasks_of(self, process: Any) -> bool:
        """Return whether a task of the process has not ended."""
        return any(task.process is process for task in self._tasks)

    def _run(self, task: Task, do: Callable[[], object]) -> None:
        task.go.acquire()
        self._on_turn(task)
        try:
            if not task.is_killed:
                do()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 (the edge of the thread)
            self.errors.append(error)
        self._tasks.remove(task)
        self._give(task.killer or self._next())

    def _pass_on(self, me: Task, is_ready: Callable[[], bool], until: float) -> None:
        me.is_ready, me.until = is_ready, until
        chosen = self._next()
        if chosen is not me:
            self._give(chosen)
            me.go.acquire()
            self._on_turn(me)
        if me.is_killed:
            raise Killed

    def _give(self, task: Task) -> None:
        self.current = task
        task.go.release()

    def _next(self) -> Task:
        """Return the task that goes on; let time pass until there is one."""
        while True:
            while self._events and self._events[0][0] <= self.now:
                heapq.heappop(self._events)[2]()
            awake = [task for task in self._tasks if _frozen_until(task) <= self.now]
            ready = [task for task in awake if task.until <= self.now or task.is_ready()]
            if ready:
                return self.random.choice(ready)
            ends = min((max(task.until, _frozen_until(task)) for task in self._tasks), default=inf)
            moment = min(ends, self._events[0][0] if self._events else inf)
            if moment == inf:
                self.errors.append(Stuck(", ".join(task.name for task in self._tasks)))
                return self._tasks[0]
            self.now = max(self.now, moment)


def _frozen_until(task: Task) -> float:
    return 0.0 if task.process is None else task.process.frozen_until


_running: list[Baton] = []


def baton() -> Baton:
    """Return the baton of the world that runs."""
    return _running[-1]


def run_with(made: Baton) -> None:
    """Make this the baton of the world that runs."""
    _running[:] = [made]


class Lock:
    """A lock for tasks; whoever waits for it passes the baton on."""

    def __init__(self) -> None:
        self._is_held = False

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self._is_held and not blocking:
            return False
        if self._is_held and not baton().wait(lambda: not self._is_held, inf if timeout < 0 else timeout):
            return False
        self._is_held = True
        return True

    def release(self) -> None:
        self._is_held = False

    def locked(self) -> bool:
        return self._is_held

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()
