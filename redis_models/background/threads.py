"""The background threads of a serving process: the monitor and the housekeeping."""

from collections.abc import Callable

from redis_models.background import housekeeping
from redis_models.background.housekeeping import housekeeper
from redis_models.health.monitor import monitor


def start(*steps: Callable[[], object]) -> None:
    """Start both; called from wsgi.py and asgi.py only. Housekeeping also runs `steps` while Redis is healthy."""
    housekeeping.also[:] = steps
    monitor.start()
    housekeeper.start()


def survive_fork() -> None:
    """Start both again if a server forked this process after `start`."""
    monitor.survive_fork()
    housekeeper.survive_fork()


def stop() -> None:
    """Stop both."""
    housekeeper.stop()
    monitor.stop()
    housekeeping.also.clear()
