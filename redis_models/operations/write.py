"""A write is data: plain strings that the request path and the replay path both hand to the gateway."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a write. Expected answers are values; surprises are exceptions."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    """It had been applied before; nothing changed."""
    GONE = "gone"
    """What it writes to was deleted."""
    CONFLICT = "conflict"
    """It contradicts what is stored; nothing changed."""
    JOURNALED = "journaled"
    """Redis is away; the write is kept in the journal and will be applied."""


REFUSED = (Outcome.GONE, Outcome.CONFLICT)


class Durability(StrEnum):
    """What a write that was accepted rests on."""

    JOURNAL = "journal"
    """What the configured mode promises: a disk of this host, or Redis itself."""
    SERVER = "server"
    """Redis alone: the journal could not keep it."""
    MEMORY = "memory"
    """Nothing that survives this process is here; until Redis has it, it can be lost."""


@dataclass(frozen=True, slots=True)
class Write:
    """One change of one user's data: a script's name, its KEYS and ARGV, and the time it was made.

    Every write commutes with every other write of its user and may be applied any number of times.
    `at` is milliseconds since the epoch by the server's clock. `claim` is a name that only one user may hold among
    the waiting writes (an email), or empty. `acknowledged` is set when the write was accepted while Redis was away:
    its caller has been told yes, so the script keeps what it can instead of refusing.
    A write that is not `deferrable` fails while Redis is away instead of waiting in the journal.

    Where its keys do not share a slot of a cluster, a write comes in steps: `before` runs first, and its outcome is the
    write's ARGV[3]. Where `before` was refused, so is the write, unless it is acknowledged: then its script decides.
    Where the write is refused after that, `undo` runs. Begun again, in the middle or at the end, it begins at `before`.
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
        """Return what the script sees as ARGV: the time, whether it was acknowledged ("1" or "0"), then `args`."""
        return (str(self.at), str(int(self.acknowledged)), *self.args)

    def clamped_to(self, at: int) -> "Write":
        """Return the write, with all its steps, as of `at` (ms) where it claims to be later."""
        if self.at <= at:
            return self
        before, undo = (step and step.clamped_to(at) for step in (self.before, self.undo))
        return replace(self, at=at, before=before, undo=undo)

    def execute(self, run: "Callable[[Write, tuple[str, ...]], Receipt]") -> "Receipt":
        """Run the write's steps by `run(step, its ARGV)`, and return what became of the write."""
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
    """The outcome of a write and what its script returned beside it (strings, as the script's header lists them)."""

    outcome: Outcome
    reply: tuple[str, ...] = ()
    durability: Durability = Durability.JOURNAL

    @classmethod
    def from_reply(cls, reply: Sequence[str]) -> "Receipt":
        """Return the receipt of a write's script: its first string is the outcome."""
        outcome, *rest = reply
        return cls(Outcome(outcome), tuple(rest))

    @property
    def is_pending(self) -> bool:
        """Return whether the write waits in the journal."""
        return self.outcome is Outcome.JOURNALED
