"""Applying what was converted, user by user; an interrupted import goes on behind the last user that was whole."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aira_site import writes
from aira_site.legacy.converted import Converted, Problem, converted
from aira_site.legacy.found import Legacy, Places, legacy_of, old_keys
from redis_models.connection.source import Source
from redis_models.errors import RedisUnavailable
from redis_models.health import now_ms
from redis_models.write import Outcome, Write
from redis_models.writer import submit


@dataclass(frozen=True, slots=True)
class Imported:
    """One user's import: how many conversations an older server had counted, and how many are stored now."""

    user_id: str
    chats: int
    moods: int
    old_count: int
    count: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """How to import: which source of plans decides, whether to write, and whether to remove what was imported."""

    plan_from: str | None = None
    is_dry: bool = False
    deletes_old: bool = False


@dataclass(slots=True)
class Progress:
    """A file that holds the last user of an import that was whole."""

    path: Path
    last: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.last = self.path.read_text(encoding="utf-8") if self.path.exists() else ""

    def note(self, user_id: str) -> None:
        """Keep that the user is whole."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.write_text(user_id, encoding="utf-8")

    def end(self) -> None:
        """Forget it: the import is whole."""
        self.path.unlink(missing_ok=True)


def progress_file(data_dir: Path, source_name: str) -> Path:
    """Return the file for imports from that source."""
    return data_dir / f"import-{hashlib.sha256(source_name.encode()).hexdigest()[:12]}"


def imported(source: Source, found: Places, *, options: Options, after: str = "") -> Iterator[Imported]:
    """Import the users behind `after`, and yield each when it is whole; raises RedisUnavailable."""
    for user_id in found.users:
        if user_id > after:
            yield _imported_user(legacy_of(source, found, user_id), options)


def _imported_user(legacy: Legacy, options: Options) -> Imported:
    done = converted(legacy, plan_from=options.plan_from, now=now_ms())
    count = len(legacy.chats)
    if not options.is_dry:
        for write in done.writes:
            count = _applied(write, done, count)
        if options.deletes_old:
            _applied(_forgetting(legacy, done), done, count)
    return Imported(legacy.user_id, len(legacy.chats), done.moods, done.old_count, count, tuple(done.problems))


def _applied(write: Write, done: Converted, count: int) -> int:
    """Apply the write and return the number of conversations that are stored, as far as it tells."""
    receipt = submit(write)
    if receipt.outcome is Outcome.JOURNALED:
        raise RedisUnavailable("Redis went away; what was accepted waits in the journal. Run it again to go on.")
    if receipt.outcome is Outcome.GONE:
        done.problems.append(Problem(write.user_id, write.script, "it was deleted or erased since"))
    if receipt.outcome is Outcome.CONFLICT:
        done.problems.append(Problem(write.user_id, "email", "it belongs to another user; the claim stays theirs"))
    is_count = write.script == "dashboard.mood.1" and receipt.reply
    return int(receipt.reply[0]) if is_count else count


def _forgetting(legacy: Legacy, done: Converted) -> Write:
    names = old_keys(legacy, converted_chats=iter(done.chats))
    return writes.forget_legacy(user_id=legacy.user_id, old_keys=names, at=now_ms())
