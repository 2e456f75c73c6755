"""The site as `make run` serves it, in processes of its own, logging to a file."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from aira_site.http_server import BLOCKING_THREADS
from bench.machine import children_of
from tests.environment import SERVICE_KEY
from tests.faults.zygote import ROOT
from tests.ports import free_port

START_TIMEOUT_S = 60.0


class Site:
    """`manage.py serve` on a Redis of the caller's, with the documented policy; use it as a context manager.

    With `application` it is that WSGI application under the same HTTP server.
    """

    def __init__(
        self, redis_url: str, data_dir: Path, *, workers: int = 2, application: str = "", **environment: str
    ) -> None:
        self.port = free_port()
        self.key = SERVICE_KEY
        self._log = data_dir.with_suffix(".log").open("wb")
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("AIRA_REDIS_", "COVERAGE_"))
        }
        own = {
            "REDIS_URL": redis_url,
            "AIRA_DATA_DIR": str(data_dir),
            "AIRA_PORT": str(self.port),
            "AIRA_WORKERS": str(workers),
        }
        self._process = subprocess.Popen(
            _granian(application, self.port, workers) if application else [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=inherited | own | environment,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.get("/live"):
            if time.monotonic() > deadline:
                raise TimeoutError("the site did not start")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)
        self._log.close()

    def get(self, path: str) -> bytes:
        """Return the body of the answer; empty where there is none."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {self.key}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read()
        except (urllib.error.URLError, OSError):
            return b""

    @property
    def workers(self) -> list[int]:
        """The processes that answer requests."""
        return sorted(pid for pid in _below(self._process.pid) if not children_of(pid) and "valkey" not in _name(pid))


def _below(pid: int) -> Iterator[int]:
    for child in children_of(pid):
        yield child
        yield from _below(child)


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text()


def _granian(application: str, port: int, workers: int) -> list[str]:
    place = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    options = ["--interface", "wsgi", "--blocking-threads", str(BLOCKING_THREADS), "--no-ws", "--log-level", "warning"]
    return [sys.executable, "-m", "granian", *place, *options, application]
