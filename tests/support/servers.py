"""Real servers for tests: started here, on a unix socket, and ended by their own id."""

import signal
import subprocess
from pathlib import Path

import redis

from redis_models.embedded.server import server_binary
from tests.support.waiting import wait_until

SMALL = ("--auto-aof-rewrite-min-size", "1mb", "--auto-aof-rewrite-percentage", "100")
"""Keeps the append-only file short, so that a start takes no longer after many tests."""
READABLE = ("--aof-use-rdb-preamble", "no")
"""Lets tests.support.canaries read all of it as commands."""


class Server:
    """A Valkey that keeps what it acknowledged; it can be stopped, paused and started again on the same socket."""

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
        wait_until(self._answers)

    def _answers(self) -> bool:
        try:
            return self.client.ping()
        except redis.ConnectionError:
            return False

    def data_keys(self) -> list[str]:
        """Return the keys of people's data: all but the limits' counters and what is the site's own."""
        return sorted(key for key in self.client.keys("*") if not key.startswith(("limit:", "aira:")))

    def stop(self) -> None:
        """End it at once, as kill -9 does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        self.client.connection_pool.disconnect()
        self.socket.unlink(missing_ok=True)

    def pause(self) -> None:
        """Let it hang: it still accepts connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)
