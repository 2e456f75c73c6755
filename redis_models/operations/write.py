"""A write as data: plain strings that requests and the drain apply in the same way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

NOBODY: Final = ""
"""The user of a write that belongs to no person: it has no shadow and no snapshots, and no erasure forgets it."""


class Outcome(StrEnum):
    """The outcome of a write. Expected outcomes are values; unexpected ones are exceptions."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    """The write had been applied before; nothing changed."""
    GONE = "gone"
    """The target of the write was deleted."""
    CONFLICT = "conflict"
    """The write contradicts what is stored; nothing changed."""
    JOURNALED = "journaled"
    """Redis did not confirm the write; it is kept in the journal and will be applied."""


REFUSED = (Outcome.GONE, Outcome.CONFLICT)


class Durability(StrEnum):
    """Where an accepted write is stored."""

    JOURNAL = "journal"
    """Where the configured mode says: on a disk of this host, or in Redis."""
    SERVER = "server"
    """In Redis only, because the journal could not keep it."""
    MEMORY = "memory"
    """Not on a disk of this host: until Redis has the write, it is lost if this process ends."""


@dataclass(frozen=True, slots=True)
class Write:
    """One change of one user's data: a script's name, its KEYS and ARGV, and the time it was made.

    `user_id` is NOBODY if the data belong to no person. Every write commutes with every other write of its user and may
    be applied any number of times. `at` is milliseconds since the epoch by the server's clock. `claim` is an email that
    only one user's waiting writes may claim, as `operations.claims` names it, or empty. `acknowledged` is true if the
    caller has already been told that the write was accepted; the script then keeps as much as it can instead of
    refusing. A write that is not `deferrable` fails while Redis is away instead of waiting in the journal; its row is
    applied again only after it was noted as applied.

    If the keys of a write do not share a slot of a cluster, the write has steps. `before` runs first, and its outcome
    becomes the write's ARGV[3]. If `before` is refused, the write is refused, unless it is acknowledged: its script
    then decides. If the write is refused after `before` ran, `undo` runs. A write that is applied again always starts
    at `before`.
    """

    user_id: str
    script: str
    keys: tuple[str, ...]
    args: tuple[str, ...]
    at: int
    claim: str = ""
    acknowledged: bool = False
    deferrable: bool = True
    before: "Write | None" = None
    undo: "Write | None" = None

    @property
    def argv(self) -> tuple[str, ...]:
        """Return the script's ARGV: the time (ms), whether the write is acknowledged ("1" or "0"), then `args`."""
        return (str(self.at), str(int(self.acknowledged)), *self.args)

    @property
    def all_keys(self) -> tuple[str, ...]:
        """Return the keys of all steps."""
        return tuple(key for step in (self, self.before, self.undo) if step for key in step.keys)

    def clamped_to(self, at: int) -> "Write":
        """Return the write and its steps with a time of at most `at` (ms)."""
        if self.at <= at:
            return self
        before, undo = (step and step.clamped_to(at) for step in (self.before, self.undo))
        return replace(self, at=at, before=before, undo=undo)

    def execute(self, run: "Callable[[Write, tuple[str, ...]], Receipt]") -> "Receipt":
        """Run the write's steps with `run(step, argv)` and return the receipt of the write."""
        if self.before is None:
            return run(self, self.argv)
        first = replace(self.before, acknowledged=self.acknowledged)
        claim = run(first, first.argv)
        if claim.outcome in REFUSED and not self.acknowledged:
            return claim
        told = replace(self, args=(claim.outcome, *self.args))
        receipt = run(told, told.argv)
        if self.undo is not None and receipt.outcome in REFUSED:
            run(self.undo, self.undo.argv)
        return receipt


@dataclass(frozen=True, slots=True)
class Receipt:
    """The outcome of a write, and the other strings of its script's reply (listed in the script's header)."""

    outcome: Outcome
    reply: tuple[str, ...] = ()
    durability: Durability = Durability.JOURNAL

    @classmethod
    def from_reply(cls, reply: Sequence[str]) -> "Receipt":
        """Return the receipt for a script's reply, whose first string is the outcome."""
        outcome, *rest = reply
        return cls(Outcome(outcome), tuple(rest))

    @property
    def is_pending(self) -> bool:
        """Return whether the write is pending in the journal."""
        return self.outcome is Outcome.JOURNALED
