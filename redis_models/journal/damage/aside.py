"""Keep the files of a damaged journal aside, under other names in the same folder.

    journal-unread-….sqlite3     its rows are still to be brought back; each opening of the journal does that
    journal-damaged-….sqlite3    what is whole in it was brought back

The file of a log that is kept alone is empty.
"""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from redis_models.journal.clock import now_ms
from redis_models.journal.damage.files import Identity, identities_of, index_of, log_of

_UNREAD, _READ = "unread", "damaged"


def move_aside(file: Path, *, log_only: bool = False) -> None:
    """Give a damaged file and its log other names, to be read."""
    kept = _name_for(file)
    if not log_only:
        _rename(file, kept)
    kept.touch(mode=0o600)
    _rename(log_of(file), log_of(kept))
    index_of(file).unlink(missing_ok=True)


def copy_log(file: Path) -> None:
    """Keep a copy of the file's log, to be read."""
    kept = _name_for(file)
    shutil.copy(log_of(file), log_of(kept))
    kept.touch(mode=0o600)


def _name_for(file: Path) -> Path:
    return file.with_name(f"{file.stem}-{_UNREAD}-{now_ms()}{file.suffix}")


def move_harmed(file: Path, harmed: Sequence[Identity]) -> None:
    """Move those aside that are still the `harmed` ones, of the file, its log and the log's index.

    A log or an index that outlives its file would be taken for that of the next file.
    """
    is_left = [found == former != (0, 0) for found, former in zip(identities_of(file), harmed, strict=True)]
    if any(is_left):
        move_aside(file, log_only=not is_left[0])


def unread(file: Path) -> list[Path]:
    """Return the files kept aside that are still to be read, the oldest first."""
    return sorted(file.parent.glob(f"{file.stem}-{_UNREAD}-*{file.suffix}"))


def mark_read(kept: Path) -> Path:
    """Name a file as one whose rows were brought back; return its new name."""
    named = kept.with_name(kept.name.replace(_UNREAD, _READ, 1))
    _rename(kept, named)
    _rename(log_of(kept), log_of(named))
    return named


def _rename(file: Path, name: Path) -> None:
    with suppress(FileNotFoundError):
        file.rename(name)
