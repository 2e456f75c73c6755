"""Earlier releases: a folder for each holds its journal, its data dir and its program."""

import tarfile
from pathlib import Path
from typing import Any

from redis_models.embedded.server import EmbeddedServer
from redis_models.journal.store import FILE_NAME
from tests.flows.served.sites import ServedSite

FOLDERS = sorted(folder for folder in Path(__file__).parent.iterdir() if folder.name[0].isdigit())
JOURNAL = "journal.sqlite3"
SITE = "site.tar.xz"
DATA_DIR = "var.tar.xz"


def unpacked(archive: Path, into: Path) -> Path:
    """Unpack one of the project's archives into a new folder and return the folder."""
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="data")
    return into


def earlier_site(folder: Path, into: Path, **options: Any) -> ServedSite:
    """Serve the release's program with the currently installed packages."""
    program = unpacked(folder / SITE, into)
    return ServedSite(interface="wsgi", program=program, COVERAGE_PROCESS_START="", **options)


def with_embedded_server(data_dir: Path) -> tuple[EmbeddedServer, dict[str, str]]:
    """Return the data dir's server, not yet started, and the environment of a site that uses it."""
    environment = {"AIRA_AUTH": "trusted", "AIRA_DATA_DIR": str(data_dir), "REDIS_URL": ""}
    return EmbeddedServer(data_dir), environment


def keep(data_dir: Path, archive: Path) -> None:
    """Archive the files of the journal and of the server in a data dir, without locks, sockets, logs and secrets."""
    with tarfile.open(archive, "w:xz", preset=9) as tar:
        for path in (data_dir / FILE_NAME, data_dir / f"{FILE_NAME}-wal", data_dir / "valkey" / "appendonlydir"):
            tar.add(path, path.relative_to(data_dir), filter=_without_names)


def _without_names(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
