"""Real servers for tests, each on a unix socket and ended by its process id."""

import signal
import subprocess
from pathlib import Path

import redis

from redis_models.embedded.server import server_binary
from tests.environment import LEFTOVERS
from tests.support.waiting import wait_until

SMALL = ("--auto-aof-rewrite-min-size", "1mb", "--auto-aof-rewrite-percentage", "100")
"""Keeps the append-only file short: a start stays fast after many tests."""
READABLE = ("--aof-use-rdb-preamble", "no")
"""Writes all of the file as commands, which tests.support.canaries can read."""


class Server:
    """A Valkey server with an append-only file; it can be stopped, paused and started again on the same socket."""

    def __init__(self, socket: Path, *options: str) -> None:
        self.socket = socket
        self.options = options
        self.process: subprocess.Popen | None = None
        self.client = redis.Redis(unix_socket_path=str(socket), decode_responses=True)

    def start(self) -> None:
        self._run("--port", "0", "--save", "", "--appendonly", "yes", "--appendfsync", "always", *SMALL, *READABLE)

    def start_as_sentinel(self, config: Path) -> None:
        self._run(str(config), "--sentinel")

    def _run(self, *arguments: str) -> None:
        place = ["--unixsocket", str(self.socket), "--dir", str(self.socket.parent)]
        command = [str(server_binary()), *arguments, *place, *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        LEFTOVERS.note(self.process.pid)
        wait_until(self._answers)

    def _answers(self) -> bool:
        try:
            return self.client.ping()
        except redis.ConnectionError:
            return False

    def empty(self) -> None:
        """Remove everything but the mark of the database."""
        self.client.flushall()
        self.client.set("aira:database", "tests.1")

    def keys(self) -> list[str]:
        """Return all keys except the mark of the database."""
        return sorted(key for key in self.client.keys("*") if key != "aira:database")

    def data_keys(self) -> list[str]:
        """Return the keys of users' data: all except the limits' counters and the site's own."""
        return sorted(key for key in self.client.keys("*") if not key.startswith(("limit:", "aira:")))

    def stop(self) -> None:
        """Kill it with SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        self.client.connection_pool.disconnect()
        self.socket.unlink(missing_ok=True)

    def pause(self) -> None:
        """Make it hang: it still accepts connections but answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)
