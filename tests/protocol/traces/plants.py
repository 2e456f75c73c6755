"""Faults that the checker has to find: texts of the code that are replaced, and lines of a trace that are changed.

A fault of the code runs in the scenario. Some protections only show if a server dies in one moment or a replica lags;
for them, the lines of a scenario are changed as the code would write them without the protection.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from redis_models import trace
from tests.protocol.model.explore import Switch
from tests.protocol.model.worlds import claims, erasing, lost_mark, one_server, two_primaries, workers
from tests.protocol.simulation.planting import Plant
from tests.protocol.traces.replay import NEVER_BEGUN, ON_DISK_FIRST, ONE_DRAIN

Lines = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class InCode:
    """A fault of the code: the rule that the checker has to name, the text of the protection, and what replaces it."""

    rule: Switch | str
    file: str
    protected: str
    unprotected: str

    @property
    def place(self) -> str:
        """Return the file, as the page names it."""
        return f"`{self.file}`"

    @property
    def plant(self) -> Plant:
        """Return the fault in the form in which it is planted."""
        return Plant("", self.file, self.protected, self.unprotected, 0, "")


@dataclass(frozen=True, slots=True)
class InLines:
    """Changed lines: the rule that the checker has to name, the change in words, and the function that makes it."""

    rule: Switch | str
    change: str
    changed: Callable[[Lines], Lines]


def text_of(rule: Switch | str) -> str:
    """Return the rule in words."""
    return rule if isinstance(rule, str) else rule.protection


def is_step(line: Mapping[str, Any], step: str, says: str = "") -> bool:
    """Return whether the line is of this function, whose name is complete or ends so."""
    return line["step"].endswith(step) and (not says or line["says"] == says)


def last(lines: Lines, step: str, says: str = "") -> int:
    """Return the index of the last such line."""
    return max(number for number, line in enumerate(lines) if is_step(line, step, says))


def with_facts(step: str, says: str = "", **facts: Any) -> Callable[[Lines], Lines]:
    """Return the change of facts of the last such line."""

    def changed(lines: Lines) -> Lines:
        lines[last(lines, step, says)] |= facts
        return lines

    return changed


def without(step: str, says: str = "", **facts: Any) -> Callable[[Lines], Lines]:
    """Return the change that leaves out all such lines with these facts."""
    return lambda lines: [
        line for line in lines if not is_step(line, step, says) or any(line[name] != facts[name] for name in facts)
    ]


def killed_before_the_proof(lines: Lines) -> Lines:
    """Let the server be killed after rows were applied, and before the server proves anything."""
    at = last(lines, "Link.unconfirmed")
    while not is_step(lines[at], "PrimaryDrain.apply"):
        at -= 1
    faults = [lines[at] | {"step": "fault", "says": f"kill! {moment}"} for moment in ("begins", "is over")]
    return [*lines[: at + 1], *faults, *lines[at + 1 :]]


def sent_before_the_row(lines: Lines) -> Lines:
    """Move a write's row behind the moment in which it is sent."""
    at = last(lines, "gateway.apply", "sent")
    begin = max(number for number in range(at) if is_step(lines[number], "Rows.begin"))
    return [*lines[:begin], lines[at], *lines[begin:at], *lines[at + 1 :]]


def rolled_back(lines: Lines) -> Lines:
    """Let the transaction that began a row fail."""
    begun = next(line for line in lines if is_step(line, "Rows.begin"))
    end = {"step": trace.TRANSACTION, "transaction": begun["transaction"]}
    return [line | {"says": "rolled back"} if line.items() >= end.items() else line for line in lines]


def one_replica_of_two(lines: Lines) -> Lines:
    """Let the drain know two replicas, of which one proves the writes."""
    for line in lines:
        if is_step(line, "primary_drain_of") or is_step(line, "Link.unconfirmed"):
            line["replicas"] = 2 if is_step(line, "primary_drain_of") else 1
    return lines


def other_process_drops(lines: Lines) -> Lines:
    """Let a process drop rows while another one drains."""
    at = max(number for number, line in enumerate(lines) if is_step(line, "Queue.settle") and "was" in line)
    lines[at] = lines[at] | {"by": "1/1"}
    return lines


IN_CODE = (
    InCode(
        rule=one_server.JOURNAL_FIRST,
        file="redis_models/writer.py",
        protected="return bool(write.claim) or _is_journaled(write)",
        unprotected="return False",
    ),
    InCode(
        rule=one_server.KEPT_UNTIL_PROVEN,
        file="redis_models/writer.py",
        protected="        journal().rows.applied(row_id)",
        unprotected="        journal().rows.drop(row_id)",
    ),
    InCode(
        rule=ON_DISK_FIRST,
        file="redis_models/journal/rows.py",
        protected="            return row_id\n\n        return self._store.commit(change)",
        unprotected="            return row_id\n\n        self._store.commit_later(change)\n        return 0",
    ),
    InCode(
        rule=one_server.NO_FILE_IS_WEAK,
        file="redis_models/replay/proof.py",
        protected="return None if self.weakness else now",
        unprotected="return now",
    ),
    InCode(
        rule=one_server.IDENTITY_AFTER,
        file="redis_models/replay/proof.py",
        protected="if not now.is_primary or now.identity != self.before.identity:",
        unprotected="if not now.is_primary:",
    ),
    InCode(
        rule=workers.NOTED_FIRST,
        file="redis_models/writer.py",
        protected="        journal().rows.note_applied(row_id)",
        unprotected="        journal().rows.applied(row_id)",
    ),
    InCode(
        rule=workers.NOTE_FINDS_ROW,
        file="redis_models/journal/rows.py",
        protected="if db.execute(_APPLIED, (row_id,)).rowcount == 0:",
        unprotected="if db.execute(_APPLIED, (row_id,)).rowcount < 0:",
    ),
    InCode(
        rule=workers.ONLY_APPLIED_AGAIN,
        file="redis_models/journal/queue.py",
        protected="return row.state is State.IN_FLIGHT and not row.write.deferrable",
        unprotected="return False",
    ),
    InCode(
        rule=workers.STATE_COMPARED,
        file="redis_models/journal/queue.py",
        protected="query = f\"{DELETION} AND state = 'in flight'\"",
        unprotected='query = f"{DELETION}"',
    ),
    InCode(
        rule=claims.PENDING_ASKED,
        file="redis_models/journal/claims.py",
        protected="    if _is_claimed(db, write, held_by) or (",
        unprotected="    if (",
    ),
    InCode(
        rule=lost_mark.COMPARED_AGAIN,
        file="redis_models/replay/drain.py",
        protected="if not database_mark.is_unchanged(self._mark, primary):",
        unprotected="if not self._mark:",
    ),
    InCode(
        rule=lost_mark.ID_COMPARED,
        file="redis_models/journal/queue.py",
        protected="AND database IN ('', ?)",
        unprotected="AND database <> ?",
    ),
)
IN_LINES = (
    InLines(one_server.JOURNAL_FIRST, "a write is sent before its row is there", sent_before_the_row),
    InLines(one_server.IDENTITY_BEFORE, "the server is killed before the proof", killed_before_the_proof),
    InLines(one_server.APPLIED_AGAIN, "a row is not applied", without("PrimaryDrain.apply", row=2)),
    InLines(one_server.DISK_PROVEN, "the disk proves nothing", with_facts("Link.unconfirmed", primary=0)),
    InLines(one_server.ALL_REPLICAS, "one of two replicas proves it", one_replica_of_two),
    InLines(two_primaries.KNOWN_ON_DISK, "a replica is forgotten", with_facts("primary_drain_of", replicas=-1)),
    InLines(lost_mark.PENDING_AGAIN, "rows stay as applied", without("_in_batches")),
    InLines(erasing.ROW_OF_NOBODY, "the row belongs to nobody", with_facts("Rows.keep", user="")),
    InLines(ONE_DRAIN, "a second process drops rows", other_process_drops),
    InLines(NEVER_BEGUN, "the row was rolled back", rolled_back),
)
