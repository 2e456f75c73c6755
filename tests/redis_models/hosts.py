"""Other hosts, and other processes of a host, in this process: each has its own memory, each host its own data dir."""

from contextlib import contextmanager

from redis_models.host import Host
from redis_models.journal import close_all
from redis_models.testing import acting_as


class Hosts:
    """Makes hosts whose data dirs are in `folder`."""

    def __init__(self, settings, folder):
        self._settings, self._folder = settings, folder
        self._memories = {}

    @contextmanager
    def process(self, host, name="1"):
        """Act as the process of this name on the host; a new name is a process that has just started."""
        own, self._settings.AIRA_DATA_DIR = self._settings.AIRA_DATA_DIR, self._folder / host
        memory = self._memories.setdefault((host, name), Host())
        try:
            with acting_as(memory):
                yield
        finally:
            self._settings.AIRA_DATA_DIR = own

    def close(self):
        """Close all journals."""
        for memory in self._memories.values():
            with acting_as(memory):
                close_all()
