"""The background threads of a serving process: the monitor, the housekeeping, and the reader of revocations."""

from collections.abc import Callable

from redis_models.background import housekeeping, revocations
from redis_models.background.housekeeping import housekeeper
from redis_models.health.monitor import monitor


def start(*steps: Callable[[], object]) -> None:
    """Start them, in a process that serves requests. Housekeeping also runs `steps` while Redis is healthy."""
    housekeeping.also[:] = steps
    monitor.start()
    housekeeper.start()
    revocations.reader.start()


def survive_fork() -> None:
    """Start them again if a server forked this process after `start`."""
    monitor.survive_fork()
    housekeeper.survive_fork()
    revocations.reader.survive_fork()


def stop() -> None:
    """Stop them."""
    revocations.reader.stop()
    housekeeper.stop()
    monitor.stop()
    housekeeping.also.clear()
