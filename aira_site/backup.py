"""Back up the data dir into one private archive while it is in use, and restore it."""

import io
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from pathlib import Path

from redis_models.embedded.append_only import held_still
from redis_models.errors import RedisModelError
from redis_models.journal import Journal
from redis_models.journal.store import FILE_NAME

_SECRETS = ("secret-key", "service-key")
_SERVER = "valkey"
_KNOWN = re.compile(
    "|".join((*map(re.escape, (FILE_NAME, *_SECRETS)), rf"{_SERVER}/appendonlydir/[A-Za-z0-9][A-Za-z0-9._-]{{0,127}}"))
)
_PLAIN_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE)


class CannotBackUp(RedisModelError):
    """An archive cannot be written or read; the text says why, in one sentence."""


def back_up(kept: Journal, data_dir: Path, archive: Path) -> list[str]:
    """Write the archive (mode 0600) and return the names of the files in it.

    The journal is copied before the embedded server's files: a write that leaves the journal in between is in those.
    Raises CannotBackUp, JournalUnavailable, EmbeddedServerUnavailable.
    """
    try:
        handle = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CannotBackUp(f"{archive} cannot be written: {error.strerror}.") from None
    with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as packed:
        _add_journal(packed, kept)
        for name in _SECRETS:
            if (data_dir / name).is_file():
                packed.add(data_dir / name, name)
        with held_still(data_dir):
            for path in sorted((data_dir / _SERVER).glob("appendonlydir/*")):
                _add_as_it_is(packed, path, f"{_SERVER}/appendonlydir/{path.name}")
        return packed.getnames()


def _add_journal(packed: tarfile.TarFile, kept: Journal) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, FILE_NAME)
        kept.admin.copy_to(copy)
        packed.add(copy, FILE_NAME)


def _add_as_it_is(packed: tarfile.TarFile, path: Path, name: str) -> None:
    """Add a file that may grow meanwhile, with its size of now."""
    content = path.read_bytes()
    member = packed.gettarinfo(path, name)
    member.size = len(content)
    packed.addfile(member, io.BytesIO(content))


def restore(archive: Path, data_dir: Path) -> list[str]:
    """Unpack the archive into an empty or missing data dir, completely or not at all; return the names of its files.

    Only names that `back_up` writes and plain files are taken, each with mode 0600, whatever mode the archive says.
    Raises CannotBackUp.
    """
    if data_dir.exists() and any(data_dir.iterdir()):
        raise CannotBackUp(f"{data_dir} is not empty; move it away, or set AIRA_DATA_DIR to another folder.")
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data_dir.parent) as folder:
        fresh = Path(folder, "data")
        fresh.mkdir(mode=0o700)
        try:
            with tarfile.open(archive) as packed:
                names = [_unpacked(packed, member, fresh) for member in packed]
        except (OSError, tarfile.TarError, EOFError, ValueError, zlib.error) as error:
            raise CannotBackUp(f"{archive} is not an archive that `backup` wrote, or it is damaged.") from error
        if FILE_NAME not in names:
            raise CannotBackUp(f"{archive} is not an archive that `backup` wrote: it has no journal.")
        fresh.replace(data_dir)
    return names


def _unpacked(packed: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> str:
    """Write the member to the folder without tarfile's own extraction, and return its name; raises CannotBackUp."""
    content = packed.extractfile(member) if member.type in _PLAIN_FILES and _KNOWN.fullmatch(member.name) else None
    if content is None:
        raise CannotBackUp(f"The archive holds {member.name!r}, which `backup` does not write. Nothing was restored.")
    path = folder / member.name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(content, file)
    return member.name
