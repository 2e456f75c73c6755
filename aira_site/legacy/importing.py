"""Apply the converted writes, user by user. An interrupted import continues after the last completed user."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aira_site import writes
from aira_site.legacy.converted import Converted, Problem, converted
from aira_site.legacy.found import Legacy, Places, legacy_of
from redis_models.connection.source import Source
from redis_models.errors import RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.operations.write import Outcome, Receipt, Write
from redis_models.writer import submit


@dataclass(frozen=True, slots=True)
class Imported:
    """The result for one user; `old_count` conversations were counted by an older server, `count` are stored now."""

    user_id: str
    chats: int
    moods: int
    old_count: int
    count: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """How to import: the source of plans that differ, whether only to report, whether to remove imported keys."""

    plan_from: str | None = None
    is_dry: bool = False
    deletes_old: bool = False


@dataclass(slots=True)
class Progress:
    """A file that holds the last completed user of an import."""

    path: Path
    last: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.last = self.path.read_text(encoding="utf-8") if self.path.exists() else ""

    def note(self, user_id: str) -> None:
        """Store that the user is completed."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.write_text(user_id, encoding="utf-8")

    def end(self) -> None:
        """Remove the file, because the import is complete."""
        self.path.unlink(missing_ok=True)


def progress_file(data_dir: Path, source_name: str) -> Path:
    """Return the progress file for imports from that source."""
    return data_dir / f"import-{hashlib.sha256(source_name.encode()).hexdigest()[:12]}"


def imported(source: Source, found: Places, *, options: Options, after: str = "") -> Iterator[Imported | None]:
    """Import the users after `after`, and yield each when it is completed; None if a user has no old data.

    Raises RedisUnavailable.
    """
    for user_id in found.users:
        if user_id > after:
            legacy = legacy_of(source, found, user_id)
            yield _imported_user(legacy, options) if legacy.is_old else None


def _imported_user(legacy: Legacy, options: Options) -> Imported:
    done = converted(legacy, plan_from=options.plan_from, now=now_ms())
    count = done.chats if options.is_dry else _written(legacy, done, options)
    return Imported(legacy.user_id, len(legacy.chats), done.moods, done.old_count, count, tuple(done.problems))


def _written(legacy: Legacy, done: Converted, options: Options) -> int:
    """Apply the writes and return how many conversations are stored; an erased user's data is not restored."""
    is_erased = _applied(done.settling).outcome is Outcome.GONE
    if is_erased:
        done.problems = [Problem(legacy.user_id, "user", "it was erased since")]
    else:
        _apply_all(done)
    if options.deletes_old:
        names = legacy.keys if is_erased else done.old_keys
        _applied(writes.forget_legacy(user_id=legacy.user_id, old_keys=names, at=now_ms()))
    return 0 if is_erased else int(_applied(done.settling).reply[0])


def _apply_all(done: Converted) -> None:
    user_id = done.settling.user_id
    for write in done.writes:
        outcome = _applied(write).outcome
        if outcome is Outcome.GONE:
            done.problems.append(Problem(user_id, write.script, "it was deleted since"))
        if outcome is Outcome.CONFLICT:
            done.problems.append(Problem(user_id, "email", "it belongs to another user, who keeps it"))


def _applied(write: Write) -> Receipt:
    receipt = submit(write)
    if receipt.outcome is Outcome.JOURNALED:
        raise RedisUnavailable("Redis went away; accepted writes are in the journal. Run the import again to continue.")
    return receipt
