"""Two primaries of a cluster, and a slot that leaves one of them and returns.

The user's keys move with the slot. It is assumed that a move keeps durable what was durable, and no more: a write that
the disk of the one primary has not synced is not on the disk of the other one either. (The target of a move syncs its
disk within a second. If it is killed in that second, the cluster itself loses keys, and no journal has them any more.)
"""

from typing import NamedTuple

from tests.protocol.model.explore import Off, State, Steps, Switch, World, action, changed, invariant

WRITES = {1: "write 1", 2: "write 2"}
MOVES, KILLS = 3, 1
NONE, IN_FLIGHT, PENDING, APPLIED = range(4)
NEW, RUNNING, YES = range(3)
APPLYING, SYNCED, READ = range(3)
NAMES = ("primary A", "primary B")

OWNER_ASKED = Switch(
    "after the proof the rows' keys are read once more over the drain's connection",
    "the drain does not notice that the slot has left its primary",
)
EPOCH_IN_IDENTITY = Switch(
    "on a cluster the identity, asked after the keys were read, holds the primary's configuration epoch, which changes"
    " when a slot arrives",
    "the identity holds the run and the replication only",
    is_built=False,
)


class Drain(NamedTuple):
    """The drain of one primary: its index, the rows applied, the stage, and whether its identity is still the same."""

    primary: int
    done: int
    stage: int
    is_same: bool
    has_same_epoch: bool


class Story(NamedTuple):
    """The state of this world. `memory` and `disk` are what the slot's owner has of the user's keys."""

    owner: int
    memory: int
    disk: int
    rows: tuple[int, int]
    asked: tuple[int, int]
    drain: Drain | None
    moves: int
    kills: int


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
    if s.drain is None and any(row in (PENDING, APPLIED) for row in s.rows):
        for primary, name in enumerate(NAMES):
            yield name, changed(s, drain=Drain(primary, 0, APPLYING, True, True))


@action("the drain applies {}", "redis_models.replay.primary_drain.PrimaryDrain.apply")
def drain_applies(s: State, _off: Off) -> Steps:
    """Apply a due row over the drain's connection; a primary that does not own the slot refuses it."""
    if s.drain and s.drain.stage == APPLYING and s.drain.primary == s.owner:
        for write, name in WRITES.items():
            if s.rows[write - 1] in (PENDING, APPLIED) and not s.drain.done & write:
                drain = changed(s.drain, done=s.drain.done | write)
                yield name, changed(s, memory=s.memory | write, drain=drain)


@action("{} proves what it has (WAITAOF)", "redis_models.connection.link.Link.confirm_durable")
def disk_proves(s: State, _off: Off) -> Steps:
    """Prove what the primary has: nothing, if the slot has left it."""
    if s.drain and s.drain.stage == APPLYING and s.drain.done:
        is_owner = s.drain.primary == s.owner
        if not is_owner or not s.memory & s.drain.done & ~s.disk:
            yield NAMES[s.drain.primary], changed(s, drain=changed(s.drain, stage=SYNCED))


@action("the drain {}", "redis_models.replay.primary_drain.PrimaryDrain.settle")
def keys_read(s: State, off: Off) -> Steps:
    """Read the users' snapshots, which a primary that does not own the slot refuses."""
    if s.drain and s.drain.stage == SYNCED:
        after = changed(s, drain=changed(s.drain, stage=READ))
        if s.drain.primary == s.owner:
            yield f"reads the rows' keys from {NAMES[s.owner]} once more", after
        elif OWNER_ASKED in off:
            yield "does not read the rows' keys once more", after


@action("the drain asks for the identity: {}", "redis_models.replay.primary_drain.PrimaryDrain.confirm_durable")
def drop(s: State, off: Off) -> Steps:
    """Drop the rows only if neither the server nor its epoch has changed until after the keys were read."""
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
    if s.memory != s.disk:
        yield "", changed(s, disk=s.memory)


@action("{} is killed, and restarts with what its disk has")
def kill(s: State, _off: Off) -> Steps:
    """Restart the owner."""
    if s.kills < KILLS:
        drain = s.drain
        if drain and drain.primary == s.owner:
            drain = changed(drain, is_same=False)
        yield NAMES[s.owner], changed(s, memory=s.disk, drain=drain, kills=s.kills + 1)


@invariant("no acknowledged write is gone from the journal and from the slot's owner")
def nothing_is_lost(s: State) -> bool:
    """Return whether each acknowledged write is in the journal or with the slot's owner."""
    held = zip(WRITES, s.asked, s.rows, strict=True)
    return all(asked != YES or row or s.memory & write for write, asked, row in held)


WORLD = World(
    name="a moving slot",
    starts=(Story(0, 0, 0, (NONE, NONE), (NEW, NEW), None, 0, 0),),
    actions=(
        *(begin, run_and_reply, keep, drain_begins, drain_applies, disk_proves, keys_read, drop, drain_gives_up),
        *(move, sync, kill),
    ),
    invariants=(nothing_is_lost,),
    bounds={"hosts": 1, "writes": len(WRITES), "primaries": 2, "moves": MOVES, "kills": KILLS},
    switches=(OWNER_ASKED, EPOCH_IN_IDENTITY),
)
