"""The site as `make run` serves it, in separate processes that log to a file."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from aira_site.http.rsgi.application import THREADS
from bench.machine import children_of
from tests.environment import SERVICE_KEY
from tests.faults.harness.zygote import ROOT
from tests.support.ports import free_port
from tests.support.servers import Server

START_TIMEOUT_S = 60.0


class Site:
    """`manage.py serve` on the caller's Redis, with the documented settings; use it as a context manager.

    Without a `redis_url`, it starts the bundled Valkey. With `application`, it serves that WSGI application with the
    same HTTP server.
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
            "AIRA_WRITES_A_MINUTE": "1000000000",
        }
        self._process = subprocess.Popen(
            _granian(application, self.port, workers) if application else [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env={name: value for name, value in (inherited | own | environment).items() if value},
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
        """Return the body of the answer; empty if there is none or the site cannot be reached."""
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
        """Return the processes that answer requests."""
        return sorted(pid for pid in _below(self._process.pid) if not _children_of(pid) and "valkey" not in _name(pid))

    @property
    def valkeys(self) -> list[int]:
        """Return the processes of the bundled Valkey."""
        return sorted(pid for pid in _below(self._process.pid) if "valkey" in _name(pid))


@contextmanager
def site_on_a_server(*, workers: int = 2, **options: str) -> Iterator[tuple[Server, Site]]:
    """Run a Redis with an append-only file, and the site on it, while the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder, "s.sock"), "--appendonly", "yes", "--appendfsync", "everysec")
        server.start()
        try:
            with Site(f"unix://{server.socket}", Path(folder, "var"), workers=workers, **options) as site:
                yield server, site
        finally:
            server.stop()


def _below(pid: int) -> Iterator[int]:
    for child in _children_of(pid):
        yield child
        yield from _below(child)


def _children_of(pid: int) -> list[int]:
    """Return the children of the process; none if it has ended."""
    try:
        return children_of(pid)
    except OSError:
        return []


def _name(pid: int) -> str:
    """Return the name of the process; empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def _granian(application: str, port: int, workers: int) -> list[str]:
    place = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    options = ["--interface", "wsgi", "--blocking-threads", str(THREADS), "--no-ws", "--log-level", "warning"]
    return [sys.executable, "-m", "granian", *place, *options, application]
