"""A served site for tests: granian in a process of its own, as WSGI or ASGI, on a loopback port."""

import os
import signal
import subprocess
import sys
import time

import httpx

from aira_site.http_server import BLOCKING_THREADS
from tests.environment import LOGS
from tests.ports import free_port

_INTERFACES = {"wsgi": "wsgi", "asgi": "asginl"}
"""What granian calls them; Django's ASGI application knows no lifespan."""


class ServedSite:
    """The site with one or more workers; `client` talks to it as a browser would."""

    def __init__(self, *, interface: str = "wsgi", workers: int = 1, **environment: str) -> None:
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
            *(("--blocking-threads", str(BLOCKING_THREADS)) if interface == "wsgi" else ()),
            f"aira_site.{interface}:application",
        ]
        # A file, since a pipe that nobody reads would fill up and stop the site.
        self._log = LOGS.joinpath(f"site-{port}.log").open("w+")
        self.process = subprocess.Popen(
            command,
            env=os.environ | environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False)
        self._wait_until_live()

    def _wait_until_live(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                if self.client.get("/live").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        self.stop()
        raise AssertionError("the site did not start")

    def wait_for(self, condition, *, seconds: float) -> float:
        """Wait until the condition holds; return how long that took."""
        begun = time.monotonic()
        while not condition():
            assert time.monotonic() - begun < seconds, "it did not happen in time"
            time.sleep(0.01)
        return time.monotonic() - begun

    def stop(self) -> str:
        """End it and return what it logged."""
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.client.close()
        with self._log as log:
            log.seek(0)
            return log.read()
