"""The parts of `serve`: lock the data dir, reserve the port, supervise the embedded server and the HTTP server."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from redis_models.embedded.server import EmbeddedServer

PORT_WAIT_S = 3.0
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
CHECK_INTERVAL_S = 0.1


class CannotServe(Exception):
    """Serving is not possible; the text says why, in one sentence."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen, with how many processes."""

    host: str
    port: int
    workers: int

    @property
    def url(self) -> str:
        """Return the site's url."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


@contextlib.contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Lock the data dir for this process, not for its children; raises CannotServe if it is in use."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    data_dir.chmod(0o700)
    handle = os.open(data_dir / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(handle, 20).decode() or "unknown"
            raise CannotServe(
                f"The data dir {data_dir} is in use by another serve (process {owner}); stop it, or set AIRA_DATA_DIR."
            ) from None
        os.truncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def reserved(place: Place) -> Iterator[None]:
    """Bind the port before the HTTP server, which would not notice that it is busy; raises CannotServe.

    The port is bound exclusively first; SO_REUSEPORT is set afterwards, so that the HTTP server can bind it too. If the
    port is busy, try again for 3 seconds, with SO_REUSEADDR in case a stopped server left lingering connections.
    """
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as guard:
        _bind(guard, place)
        guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        yield


def _bind(guard: socket.socket, place: Place) -> None:
    deadline = time.monotonic() + PORT_WAIT_S
    while True:
        try:
            guard.bind((place.host, place.port))
        except PermissionError:
            raise CannotServe(
                f"Port {place.port} requires more privileges; set AIRA_PORT to a port above 1023."
            ) from None
        except socket.gaierror:
            raise CannotServe(f"AIRA_HOST {place.host} is not an address of this machine.") from None
        except OSError:
            if time.monotonic() > deadline:
                raise CannotServe(
                    f"Port {place.port} on {place.host} is busy; stop the program that listens there, or set AIRA_PORT."
                ) from None
            guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            time.sleep(CHECK_INTERVAL_S)
        else:
            return


class HttpServer:
    """The HTTP server: a process group of its own."""

    def __init__(self, place: Place, environment: dict[str, str]) -> None:
        self._place = place
        options = ["--host", place.host, "--port", str(place.port), "--workers", str(place.workers)]
        self._process = subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-m", "aira_site.process.http_server", *options],
            env=os.environ | environment,
            start_new_session=True,
        )

    def is_running(self) -> bool:
        """Return whether the process is running."""
        return self._process.poll() is None

    def is_live(self) -> bool:
        """Return whether the server answers GET /live."""
        try:
            with urllib.request.urlopen(f"{self._place.url}/live", timeout=1) as answer:  # noqa: S310 (our own url)
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """Stop the server and its workers: by SIGTERM, after a time-out by SIGKILL."""
        for ending in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, ending)
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                continue
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


class Stop:
    """Notes whether a signal asked to stop: SIGINT (Ctrl-C), SIGTERM, or SIGHUP (the terminal was closed)."""

    def __init__(self) -> None:
        self.is_asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        self.is_asked = True


def wait_until_live(http: HttpServer, stop: Stop) -> None:
    """Wait for the first answer, or for `stop`; raises CannotServe if none comes."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not stop.is_asked and not http.is_live():
        if not http.is_running() or time.monotonic() > deadline:
            raise CannotServe("The HTTP server does not start; its output above says why.")
        time.sleep(CHECK_INTERVAL_S)


def supervise(http: HttpServer, embedded: EmbeddedServer | None, stop: Stop) -> None:
    """Keep the embedded server running until a signal arrives; raises CannotServe if the HTTP server ends by itself."""
    while not stop.is_asked:
        if not http.is_running():
            raise CannotServe("The HTTP server has ended.")
        if embedded is not None:
            embedded.keep_running()
        time.sleep(CHECK_INTERVAL_S)
