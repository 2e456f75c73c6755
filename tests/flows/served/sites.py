"""A served site for tests: granian in its own process, as `serve` runs it or as WSGI or ASGI, on a loopback port."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from aira_site.http.rsgi.application import THREADS
from tests.environment import LEFTOVERS, LOGS
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, deadline, wait_until

_INTERFACES = {"rsgi": "rsgi", "wsgi": "wsgi", "asgi": "asginl"}
"""granian's names; Django's ASGI application does not support lifespan."""


class ServedSite:
    """The site with one or more workers; `client` is an HTTP client of it.

    `application` is served instead of the site's own; `program` is the folder of another release.
    """

    def __init__(
        self,
        *,
        interface: str = "rsgi",
        application: str = "",
        workers: int = 1,
        program: Path | None = None,
        **environment: str,
    ) -> None:
        port = free_port()
        command = [
            *(
                sys.executable,
                "-m",
                "granian",
                "--interface",
                _INTERFACES[interface],
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
            ),
            *("--workers", str(workers), "--no-ws", "--log-level", "warning"),
            *(("--blocking-threads", str(THREADS)) if interface == "wsgi" else ()),
            application or f"aira_site.{interface}:application",
        ]
        # A file, because a pipe that nobody reads would fill up and block the site.
        self._log = LOGS.joinpath(f"site-{port}.log").open("w+")
        self.process = subprocess.Popen(
            command,
            env=os.environ | environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            cwd=program,
        )
        LEFTOVERS.note(self.process.pid)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S, trust_env=False)
        self._wait_until_live()

    def _wait_until_live(self) -> None:
        try:
            wait_until(self._is_live)
        except AssertionError:
            self.stop()
            raise

    def _is_live(self) -> bool:
        try:
            return self.client.get("/live").status_code == 200
        except httpx.TransportError:
            return False

    def ready(self) -> dict[str, Any]:
        """Return the answer of /ready."""
        return self.client.get("/ready").json()

    def wait_until_away(self) -> None:
        """Wait until the site has noticed that Redis is away; it promises that within a second."""
        wait_until(lambda: not self.ready()["redisHealthy"], at_most_s=deadline(promised_s=1))

    def wait_until_drained(self) -> None:
        """Wait until no row is pending; the site promises that within two seconds after Redis is back."""
        wait_until(lambda: self.ready()["journal"]["pending"] == 0, at_most_s=deadline(promised_s=2))

    def log(self) -> str:
        """Return its log so far."""
        return Path(self._log.name).read_text()

    def failed_attempts(self) -> int:
        """Return how many attempts of requests on Redis failed: each is a log line with the request's id."""
        lines = self.log().splitlines()
        return sum("operation=" in line and " request=" in line for line in lines)

    def kill(self) -> None:
        """Kill all of its processes."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.client.close()
        self._log.close()

    def stop(self) -> str:
        """Stop it and return its log."""
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.client.close()
        with self._log as log:
            log.seek(0)
            return log.read()
