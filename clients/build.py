"""Generate the clients and run the Python one against a served site: `python -m clients.build` (`make clients`).

The results are in build/clients: openapi.json, a Python package (by openapi-python-client), and, if Node is installed,
types for TypeScript (by openapi-typescript). The generators are installed into a temporary environment.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "clients"
DOCUMENT = OUT / "openapi.json"
GENERATORS = ("openapi-python-client==0.29.1", "ruff")
TYPES = "openapi-typescript@7"
START_TIMEOUT_S = 60.0


def main() -> None:
    """Generate the document, the types and the package, and run the walk."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    manage = (sys.executable, "manage.py", "spectacular", "--format", "openapi-json", "--fail-on-warn")
    _run(*manage, "--file", str(DOCUMENT))
    _make_types()
    with tempfile.TemporaryDirectory() as folder:
        tools = _environment(Path(folder))
        _make_package(tools)
        with _site(Path(folder, "data")) as url:
            _run(str(tools / "python"), str(ROOT / "clients" / "walk.py"), url, PYTHONPATH=str(OUT))
    print(f"The clients are in {OUT.relative_to(ROOT)}.")


def _make_types() -> None:
    npx = shutil.which("npx")
    if npx is None:
        print("Node (npx) is not installed, so no types for TypeScript were generated.")
        return
    _run(npx, "--yes", TYPES, str(DOCUMENT), "--output", str(OUT / "aira.ts"))


def _environment(folder: Path) -> Path:
    """Create an environment with the generators in the folder; return its folder of programs."""
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    _run(str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *GENERATORS)
    return programs


def _make_package(programs: Path) -> None:
    generator = str(programs / "openapi-python-client")
    options = ("--path", str(DOCUMENT), "--output-path", str(OUT / "aira_client"), "--meta", "none")
    _run(generator, "generate", *options, "--fail-on-warning", PATH=f"{programs}:{os.environ['PATH']}")


def _run(*command: str, **environment: str) -> None:
    subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True)


@contextmanager
def _site(data_dir: Path) -> Iterator[str]:
    """Serve the site with an embedded Valkey in `data_dir` while the block runs; yield its URL."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    own = {"AIRA_DATA_DIR": str(data_dir), "AIRA_PORT": str(port), "AIRA_WORKERS": "1"}
    elsewhere = ("REDIS_URL", "KV_", "AIRA_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(elsewhere)}
    command = (sys.executable, "manage.py", "serve")
    site = subprocess.Popen(command, cwd=ROOT, env=inherited | own, stdout=subprocess.DEVNULL)
    try:
        _wait_until_live(url)
        yield url
    finally:
        site.send_signal(signal.SIGTERM)
        site.wait(30)


def _wait_until_live(url: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with suppress(urllib.error.URLError), urllib.request.urlopen(f"{url}/live"):
            return
        time.sleep(0.1)
    raise TimeoutError("the site did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
