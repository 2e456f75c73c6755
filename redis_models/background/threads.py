"""What runs beside the requests of a serving process: the monitor of Redis and the housekeeping."""

from redis_models.background.housekeeping import housekeeper
from redis_models.health.monitor import monitor


def start() -> None:
    """Start both; wsgi.py and asgi.py do, in the process that serves. Commands and tests run without."""
    monitor.start()
    housekeeper.start()


def survive_fork() -> None:
    """Start both again where a server forked this process after `start`."""
    monitor.survive_fork()
    housekeeper.survive_fork()


def stop() -> None:
    """Stop both."""
    housekeeper.stop()
    monitor.stop()
