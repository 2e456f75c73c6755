"""Two primaries of a cluster, and a slot that leaves one of them and returns.

The user's keys move with the slot. Without append-only files nothing is proven, and rows stay in the journal, noted
with the server on which they were applied.

It is assumed that a move keeps durable what was durable, and no more: a write that the disk of the one primary has not
synced is not on the disk of the other one either. (The target of a move syncs its disk within a second. If it is killed
in that second, the cluster itself loses keys, and no journal has them any more.)
"""

from typing import NamedTuple

from tests.protocol.model.explore import Off, State, Steps, Switch, World, action, changed, invariant

WRITES = {1: "write 1", 2: "write 2"}
MOVES = 3
NONE, IN_FLIGHT, PENDING, APPLIED = range(4)
NEW, RUNNING, YES = range(3)
APPLYING, SYNCED, READ = range(3)
NAMES = ("primary A", "primary B")

OWNER_ASKED = Switch(
    "after the proof the drain asks whether the primary still owns the rows' slots",
    "the drain does not notice that the slot has left its primary",
)
EPOCH_IN_IDENTITY = Switch(
    "on a cluster the identity, asked with the slots, holds the primary's configuration epoch, which changes when a"
    " slot arrives",
    "the identity holds the run and the replication only",
)
SLOTS_NOTED = Switch(
    "an unproven row notes its server's slots with the identity, and is due again if one has left",
    "it notes the identity, which does not change when a slot leaves",
)


class Drain(NamedTuple):
    """The drain of one primary: its index, the rows applied, the stage, and whether its identity is still the same."""

    primary: int
    done: int
    stage: int
    is_same: bool
    has_same_epoch: bool


class Note(NamedTuple):
    """Where an unproven row was applied: the primary, its identity (restarts, arrivals), and whether with its slots."""

    primary: int
    restarts: int
    arrivals: int
    has_slots: bool


class Story(NamedTuple):
    """The state of this world. `memory` and `disk` are what the slot's owner has of the user's keys.

    `notes` are those of unproven rows, by write; `killed` is the primary that was killed.
    """

    has_files: bool
    owner: int
    memory: int
    disk: int
    rows: tuple[int, int]
    asked: tuple[int, int]
    notes: tuple[Note | None, Note | None]
    drain: Drain | None
    moves: int
    killed: int | None


def note_of(s: Story, primary: int, *, has_slots: bool) -> Note:
    """Return the note of a row that is applied on the primary now. The slot moves first to B, then back to A."""
    return Note(primary, int(s.killed == primary), (s.moves + primary) // 2, has_slots)


def is_due(s: Story, write: int) -> bool:
    """Return whether a drain would apply the row: not if it is noted with a server that is still as it was."""
    row, note = s.rows[write - 1], s.notes[write - 1]
    if row != APPLIED or note is None:
        return row in (PENDING, APPLIED)
    has_left = note.has_slots and note.primary != s.owner
    return has_left or note != note_of(s, note.primary, has_slots=note.has_slots)


def put(values: tuple[int, int], write: int, value: int) -> tuple[int, int]:
    """Return the values with another one for the write."""
    return (value, values[1]) if write == 1 else (values[0], value)


@action("{} is journaled as in flight, and sent", "redis_models.journal.rows.Rows.begin")
def begin(s: State, _off: Off) -> Steps:
    """Add the row before the command is sent. Write 2 begins after write 1, because they are alike."""
    for write, name in WRITES.items():
        if s.asked[write - 1] == NEW and (write == 1 or s.asked[0] != NEW):
            yield name, changed(s, rows=put(s.rows, write, IN_FLIGHT), asked=put(s.asked, write, RUNNING))


@action("{} runs on the slot's owner, and its reply arrives: yes", "redis_models.gateway.apply")
def run_and_reply(s: State, _off: Off) -> Steps:
    """Run the script; the client follows the slot."""
    for write, name in WRITES.items():
        if s.asked[write - 1] == RUNNING:
            told = changed(s, rows=put(s.rows, write, APPLIED), asked=put(s.asked, write, YES))
            yield name, changed(told, memory=s.memory | write)


@action("{} is refused because its slot moves, and is kept as pending: yes", "redis_models.journal.rows.Rows.keep")
def keep(s: State, _off: Off) -> Steps:
    """Keep the row of a write that the cluster did not take in time."""
    for write, name in WRITES.items():
        if s.asked[write - 1] == RUNNING:
            yield name, changed(s, rows=put(s.rows, write, PENDING), asked=put(s.asked, write, YES))


@action("a drain begins on {}", "redis_models.replay.primary_drain.primary_drain_of")
def drain_begins(s: State, _off: Off) -> Steps:
    """Begin a drain on the primary that owned the slot when the topology was last read, which may be either."""
    if s.drain is None and any(is_due(s, write) for write in WRITES):
        for primary, name in enumerate(NAMES):
            yield name, changed(s, drain=Drain(primary, 0, APPLYING, True, True))


@action("the drain applies {}", "redis_models.replay.primary_drain.PrimaryDrain.apply")
def drain_applies(s: State, _off: Off) -> Steps:
    """Apply a due row over the drain's connection; a primary that does not own the slot refuses it."""
    if s.drain and s.drain.stage == APPLYING and s.drain.primary == s.owner:
        for write, name in WRITES.items():
            if is_due(s, write) and not s.drain.done & write:
                drain = changed(s.drain, done=s.drain.done | write)
                yield name, changed(s, memory=s.memory | write, drain=drain)


@action("the drain keeps its rows as applied on {}", "redis_models.journal.queue.Queue.settle")
def keep_unproven(s: State, off: Off) -> Steps:
    """Note where the rows were applied, if nothing can be proven; a primary without the slot refuses the snapshots."""
    if s.has_files or not s.drain or not s.drain.done or s.drain.primary != s.owner:
        return
    if s.drain.is_same and s.drain.has_same_epoch:
        rows, notes, note = s.rows, s.notes, note_of(s, s.owner, has_slots=SLOTS_NOTED not in off)
        for write in WRITES:
            if s.drain.done & write:
                rows, notes = put(rows, write, APPLIED), put(notes, write, note)
        yield NAMES[s.owner], changed(s, rows=rows, notes=notes, drain=None)


@action("{} proves what it has (WAITAOF)", "redis_models.connection.link.Link.unconfirmed")
def disk_proves(s: State, _off: Off) -> Steps:
    """Prove what the primary has: nothing, if the slot has left it."""
    if s.has_files and s.drain and s.drain.stage == APPLYING and s.drain.done:
        is_owner = s.drain.primary == s.owner
        if not is_owner or not s.memory & s.drain.done & ~s.disk:
            yield NAMES[s.drain.primary], changed(s, drain=changed(s.drain, stage=SYNCED))


@action("the drain {}", "redis_models.replay.user_batch.UserBatch.proven_by")
def slots_asked(s: State, off: Off) -> Steps:
    """Ask which slots the primary owns, and go on only with rows in these slots."""
    if s.drain and s.drain.stage == SYNCED:
        after = changed(s, drain=changed(s.drain, stage=READ))
        if s.drain.primary == s.owner:
            yield f"asks which slots {NAMES[s.owner]} owns: the rows' slot is among them", after
        elif OWNER_ASKED in off:
            yield "does not ask which slots the primary owns", after


@action("the drain asks for the identity: {}", "redis_models.replay.proof.Proof.ask")
def drop(s: State, off: Off) -> Steps:
    """Drop the rows only if neither the server nor its epoch has changed until the slots were asked for."""
    if s.drain and s.drain.stage == READ:
        if s.drain.is_same and (s.drain.has_same_epoch or EPOCH_IN_IDENTITY in off):
            rows = tuple(NONE if s.drain.done & write else row for write, row in zip(WRITES, s.rows, strict=True))
            yield "the same, the rows are dropped", changed(s, rows=rows, drain=None)
        else:
            yield "another, no row is dropped", changed(s, drain=None)


@action("the drain gives up", "redis_models.replay.drain.drain")
def drain_gives_up(s: State, _off: Off) -> Steps:
    """End a drain that was refused, or whose proof did not come in time."""
    if s.drain:
        yield "", changed(s, drain=None)


@action("the slot moves to {}")
def move(s: State, _off: Off) -> Steps:
    """Move the slot with its keys; its new primary gets a new configuration epoch."""
    if s.moves < MOVES:
        owner = 1 - s.owner
        drain = s.drain
        if drain and drain.primary == owner:
            drain = changed(drain, has_same_epoch=False)
        yield NAMES[owner], changed(s, owner=owner, drain=drain, disk=s.disk & s.memory, moves=s.moves + 1)


@action("the owner syncs its disk")
def sync(s: State, _off: Off) -> Steps:
    """Sync the owner's append-only file."""
    if s.has_files and s.memory != s.disk:
        yield "", changed(s, disk=s.memory)


@action("{} is killed, and restarts with what its disk has")
def kill(s: State, _off: Off) -> Steps:
    """Restart the owner; without an append-only file it is empty."""
    if s.killed is None:
        drain = s.drain
        if drain and drain.primary == s.owner:
            drain = changed(drain, is_same=False)
        yield NAMES[s.owner], changed(s, memory=s.disk, drain=drain, killed=s.owner)


@invariant("no acknowledged write is gone from the slot's owner while no drain would apply it again")
def nothing_is_lost(s: State) -> bool:
    """Return whether each acknowledged write is with the slot's owner, or will be applied again."""
    return all(s.asked[write - 1] != YES or s.memory & write or is_due(s, write) for write in WRITES)


WORLD = World(
    name="a moving slot",
    starts=tuple(
        Story(has_files, 0, 0, 0, (NONE, NONE), (NEW, NEW), (None, None), None, 0, None) for has_files in (True, False)
    ),
    actions=(
        *(begin, run_and_reply, keep, drain_begins, drain_applies, keep_unproven, disk_proves, slots_asked, drop),
        *(drain_gives_up, move, sync, kill),
    ),
    invariants=(nothing_is_lost,),
    bounds={"hosts": 1, "writes": len(WRITES), "primaries": 2, "moves": MOVES, "kills": 1},
    switches=(OWNER_ASKED, EPOCH_IN_IDENTITY, SLOTS_NOTED),
)
