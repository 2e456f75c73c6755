"""A step that a daemon thread repeats."""

import logging
import os
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Periodic:
    """Runs `step` in the caller's thread on `start`, then every `interval_s` seconds in a thread of its own."""

    def __init__(self, name: str, *, interval_s: float, step: Callable[[], object]) -> None:
        self._name = name
        self._interval_s = interval_s
        self._step = step
        self._pid = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run the first step now and start the thread; call this once per process."""
        self._guarded_step()
        self._start_thread()

    def survive_fork(self) -> None:
        """Start the thread again if this process was forked after `start`. Cheap enough to call on every request."""
        if self._pid and self._pid != os.getpid():
            self._start_thread()

    def _start_thread(self) -> None:
        self._pid = os.getpid()
        self._stopping = threading.Event()
        thread = threading.Thread(target=self._run, args=(self._stopping,), name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            _log.warning("No thread can run here; %s is off.", self._name)
        else:
            self._thread = thread
            self.on_running()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._pid = 0
        self.on_stopped()

    def on_running(self) -> None:
        """Do nothing; a hook that is called when the thread has started."""

    def on_stopped(self) -> None:
        """Do nothing; a hook that is called when the thread has ended."""

    def _run(self, stopping: threading.Event) -> None:
        while not stopping.wait(self._interval_s):
            self._guarded_step()

    def _guarded_step(self) -> None:
        try:
            self._step()
        except Exception:  # noqa: BLE001 (the top of a thread: no caller could handle it, and the next step may work)
            _log.exception("%s failed and goes on.", self._name)
