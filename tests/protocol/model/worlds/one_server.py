"""One host, and a primary with two replicas. Each server has a memory, and a disk that lags behind it.

Two writes go through the journal and are drained, while servers are killed and replicas are promoted. Sets of writes
are bit masks. A command that was sent may run at any later time, and more than once: replies are lost, and retries
happen. The drain's connection may survive a fail-over (a proxy), so only the protocol protects it.
"""

from typing import NamedTuple

from tests.protocol.model.explore import Off, State, Steps, Switch, World, action, changed, invariant

WRITES = {1: "write 1", 2: "write 2"}
FAULTS = 2
NONE, IN_FLIGHT, PENDING, APPLIED = range(4)
NEVER, NEW, RUNNING, DIED, YES = range(5)
APPLYING, SYNCED, COPIED, VERIFIED = range(4)

JOURNAL_FIRST = Switch(
    "in `ahead` mode every write is in the journal before it is sent",
    "a write that may not wait is sent without a row, and answered with yes",
)
KEPT_UNTIL_PROVEN = Switch("a row stays after the reply", "the reply removes the row")
APPLIED_AGAIN = Switch("the drain applies rows again", "it only asks for the proof of rows that were applied before")
IDENTITY_BEFORE = Switch(
    "the drain remembers the server's identity before it applies rows", "it remembers it afterwards, before the proof"
)
IDENTITY_AFTER = Switch("after the proof the drain asks for the identity again", "it does not ask again")
DISK_PROVEN = Switch("the proof includes the primary's disk (WAITAOF 1 n)", "only replicas are waited for")
ALL_REPLICAS = Switch("the proof includes all replicas (WAITAOF 1 n)", "one replica is enough")
REPLICAS_DISKS = Switch(
    "the proof includes the disks of the replicas (WAITAOF 1 n)",
    "their memory is enough (WAITAOF 1 0, and WAIT)",
)
NO_FILE_IS_WEAK = Switch(
    "a primary without an append-only file proves nothing, whatever its replicas",
    "its replicas are the proof",
)
NATURAL_KEYS = Switch("scripts derive counts from natural keys", "scripts increment")


class Drain(NamedTuple):
    """A drain on one connection: the rows it applied, its stage, and whether the server is still the same."""

    done: int
    stage: int
    is_same: bool


class Servers(NamedTuple):
    """The primary and the replicas, each as (memory, disk)."""

    primary: tuple[int, int]
    replicas: tuple[tuple[int, int], ...]


class Story(NamedTuple):
    """The state of this world. `rows` and `asked` are by write; `is_doubled` if a write counted twice."""

    has_file: bool
    rows: tuple[int, int]
    asked: tuple[int, int]
    servers: Servers
    drain: Drain | None
    faults: int
    is_doubled: bool


def start(*, writes: int, has_file: bool) -> Story:
    """Return the start of a story of one or two writes, with or without append-only files."""
    asked = (NEW, NEW if writes == 2 else NEVER)
    return Story(has_file, (NONE, NONE), asked, Servers((0, 0), ((0, 0), (0, 0))), None, 0, False)


def put(values: tuple[int, int], write: int, value: int) -> tuple[int, int]:
    """Return the values with another one for the write."""
    return (value, values[1]) if write == 1 else (values[0], value)


def ran(s: Story, write: int, off: Off) -> Story:
    """Return the state after the write's script ran on the primary."""
    memory, disk = s.servers.primary
    doubled = s.is_doubled or (NATURAL_KEYS in off and bool(memory & write))
    return changed(s, servers=changed(s.servers, primary=(memory | write, disk)), is_doubled=doubled)


@action("{} is journaled as in flight, and sent", "redis_models.journal.rows.Rows.begin")
def begin(s: State, _off: Off) -> Steps:
    """Add the row before the command is sent. Write 2 begins after write 1, because they are alike."""
    for write, name in WRITES.items():
        if s.asked[write - 1] == NEW and (write == 1 or s.asked[0] != NEW):
            yield name, changed(s, rows=put(s.rows, write, IN_FLIGHT), asked=put(s.asked, write, RUNNING))


@action("{} is sent without a row", "redis_models.writer.submit")
def bypass(s: State, off: Off) -> Steps:
    """Send a write that may not wait without a row."""
    if JOURNAL_FIRST in off and s.asked[0] == NEW:
        yield WRITES[1], changed(s, asked=put(s.asked, 1, RUNNING))


@action("{} runs, and its reply arrives: yes", "redis_models.gateway.apply")
def run_and_reply(s: State, off: Off) -> Steps:
    """Run the script and tell the caller."""
    for write, name in WRITES.items():
        if s.asked[write - 1] == RUNNING:
            left = APPLIED if s.rows[write - 1] and KEPT_UNTIL_PROVEN not in off else NONE
            told = changed(s, rows=put(s.rows, write, left), asked=put(s.asked, write, YES))
            yield name, ran(told, write, off)


@action("{} runs, and its reply is lost", "redis_models.connection.retry.LoggedRetry.call_with_retry")
def run_unheard(s: State, off: Off) -> Steps:
    """Run a command that was sent, perhaps again, perhaps late."""
    for write, name in WRITES.items():
        is_new = not s.servers.primary[0] & write
        if s.asked[write - 1] > NEW and (is_new or NATURAL_KEYS in off):
            yield name, ran(s, write, off)


@action("{} gets no reply, and is kept as pending: yes", "redis_models.journal.rows.Rows.keep")
def keep(s: State, _off: Off) -> Steps:
    """Keep the row after the request's time is up."""
    for write, name in WRITES.items():
        if s.rows[write - 1] == IN_FLIGHT and s.asked[write - 1] == RUNNING:
            yield name, changed(s, rows=put(s.rows, write, PENDING), asked=put(s.asked, write, YES))


@action("the drain begins, and remembers the server's identity", "redis_models.replay.primary_drain.primary_drain_of")
def drain_begins(s: State, _off: Off) -> Steps:
    """Begin a drain if a row is due."""
    if s.drain is None and any(row in (PENDING, APPLIED) for row in s.rows):
        yield "", changed(s, drain=Drain(0, APPLYING, True))


@action("the drain {}", "redis_models.replay.primary_drain.PrimaryDrain.apply")
def drain_applies(s: State, off: Off) -> Steps:
    """Apply a due row over the drain's connection."""
    if s.drain and s.drain.stage == APPLYING:
        for write, name in WRITES.items():
            row = s.rows[write - 1]
            if row in (PENDING, APPLIED) and not s.drain.done & write:
                after = changed(s, drain=changed(s.drain, done=s.drain.done | write))
                if row == APPLIED and APPLIED_AGAIN in off:
                    yield f"does not apply {name} again", after
                else:
                    yield f"applies {name} again", ran(after, write, off)


@action("{}", "redis_models.connection.link.Link.unconfirmed")
def disk_proves(s: State, off: Off) -> Steps:
    """Prove what the server has, which after a loss may be less than the drain applied."""
    if not s.drain or s.drain.stage != APPLYING or not s.drain.done:
        return
    memory, disk = s.servers.primary
    synced = changed(s, drain=changed(s.drain, stage=SYNCED, is_same=s.drain.is_same or IDENTITY_BEFORE in off))
    if s.has_file and not memory & s.drain.done & ~disk:
        yield "the primary proves that its disk has what it has (WAITAOF)", synced
    elif DISK_PROVEN in off if s.has_file else NO_FILE_IS_WEAK in off:
        yield "the drain asks for no proof of the primary's disk", synced


@action("the primary proves that {}", "redis_models.connection.link.Link.unconfirmed")
def replicas_prove(s: State, off: Off) -> Steps:
    """Wait for the replicas: for their disks, or for their memory."""
    if not s.drain or s.drain.stage != SYNCED:
        return
    needed = s.servers.primary[0] & s.drain.done
    is_disk_needed = s.has_file and REPLICAS_DISKS not in off
    held = [not needed & ~(memory & disk if is_disk_needed else memory) for memory, disk in s.servers.replicas]
    if any(held) if ALL_REPLICAS in off else all(held):
        words = "all replicas have it" if all(held) else "one replica has it"
        yield words, changed(s, drain=changed(s.drain, stage=COPIED))


@action("the drain {}", "redis_models.replay.proof.Proof.ask")
def identity_asked(s: State, off: Off) -> Steps:
    """Go on only if the server is the one whose identity was remembered."""
    if s.drain and s.drain.stage == COPIED:
        if s.drain.is_same:
            yield "asks for the identity: the same", changed(s, drain=changed(s.drain, stage=VERIFIED))
        elif IDENTITY_AFTER in off:
            yield "does not ask for the identity", changed(s, drain=changed(s.drain, stage=VERIFIED))
        else:
            yield "asks for the identity: another, no row is dropped", changed(s, drain=None)


@action("the drain drops its rows", "redis_models.journal.queue.Queue.settle")
def drop(s: State, _off: Off) -> Steps:
    """Remove the rows that were proven."""
    if s.drain and s.drain.stage == VERIFIED:
        rows = tuple(NONE if s.drain.done & write else row for write, row in zip(WRITES, s.rows, strict=True))
        yield "", changed(s, rows=rows, drain=None)


@action("the drain gives up", "redis_models.replay.drain.drain")
def drain_gives_up(s: State, _off: Off) -> Steps:
    """End a drain whose connection broke or whose proof did not come in time."""
    if s.drain:
        yield "", changed(s, drain=None)


@action("{} copies the primary")
def copy(s: State, _off: Off) -> Steps:
    """Let a replica catch up, which may also mean that it loses what the primary lost."""
    memory = s.servers.primary[0]
    for index, replica in enumerate(s.servers.replicas):
        if replica[0] != memory:
            yield "a replica", with_replica(s, index, (memory, replica[1]))


@action("{} syncs its disk")
def sync(s: State, _off: Off) -> Steps:
    """Sync an append-only file."""
    if not s.has_file:
        return
    memory, disk = s.servers.primary
    if memory != disk:
        yield "the primary", changed(s, servers=changed(s.servers, primary=(memory, memory)))
    for index, replica in enumerate(s.servers.replicas):
        if replica[0] != replica[1]:
            yield "a replica", with_replica(s, index, (replica[0], replica[0]))


def with_replica(s: Story, index: int, replica: tuple[int, int]) -> Story:
    """Return the state with another replica at this index."""
    others = s.servers.replicas[:index] + s.servers.replicas[index + 1 :]
    return changed(s, servers=changed(s.servers, replicas=(*others, replica)))


def after_fault(s: Story, servers: Servers) -> Story:
    """Return the state after a fault that gave the primary another identity."""
    return changed(s, servers=servers, drain=s.drain and changed(s.drain, is_same=False), faults=s.faults + 1)


@action("the primary is killed, and restarts with what its disk has")
def kill(s: State, _off: Off) -> Steps:
    """Restart the primary; without an append-only file it is empty."""
    if s.faults < FAULTS:
        disk = s.servers.primary[1]
        yield "", after_fault(s, changed(s.servers, primary=(disk, disk)))


@action("the primary is killed, and a replica that has {} is promoted")
def promote(s: State, _off: Off) -> Steps:
    """Promote a replica; the old primary returns as a replica with what its disk has."""
    if s.faults < FAULTS:
        disk = s.servers.primary[1]
        for index, replica in enumerate(s.servers.replicas):
            other = s.servers.replicas[1 - index]
            has = " and ".join(name for write, name in WRITES.items() if replica[0] & write) or "no write"
            yield has, after_fault(s, Servers(replica, (other, (disk, disk))))


@action("the host is killed, and starts again")
def crash(s: State, _off: Off) -> Steps:
    """End the host's processes: requests are not answered, rows in flight are due, the drain is forgotten."""
    if s.faults < FAULTS:
        rows = tuple(PENDING if row == IN_FLIGHT else row for row in s.rows)
        asked = tuple(DIED if phase == RUNNING else phase for phase in s.asked)
        yield "", changed(s, rows=rows, asked=asked, drain=None, faults=s.faults + 1)


@invariant("no acknowledged write is gone from the journal and from the primary")
def nothing_is_lost(s: State) -> bool:
    """Return whether each acknowledged write is in the journal or in the primary."""
    held = zip(WRITES, s.asked, s.rows, strict=True)
    return all(asked != YES or row or s.servers.primary[0] & write for write, asked, row in held)


@invariant("no write counts twice")
def nothing_is_doubled(s: State) -> bool:
    """Return whether each write counted at most once."""
    return not s.is_doubled


@invariant("after a fail-over, live reads show each acknowledged write at once, not only after the next drain")
def nothing_is_hidden(s: State) -> bool:
    """Return whether a live read shows each acknowledged write; reads take pending rows into account."""
    held = zip(WRITES, s.asked, s.rows, strict=True)
    return all(asked != YES or row == PENDING or s.servers.primary[0] & write for write, asked, row in held)


def normal(s: State) -> State:
    """Return the state with its replicas in order, because they are alike."""
    first, second = s.servers.replicas
    return s if first <= second else changed(s, servers=changed(s.servers, replicas=(second, first)))


WORLD = World(
    name="one server",
    starts=(start(writes=2, has_file=True), start(writes=1, has_file=False)),
    starts_of_switches=(start(writes=1, has_file=True), start(writes=1, has_file=False)),
    actions=(
        *(begin, bypass, run_and_reply, run_unheard, keep),
        *(drain_begins, drain_applies, disk_proves, replicas_prove, identity_asked, drop, drain_gives_up),
        *(copy, sync, promote, kill, crash),
    ),
    invariants=(nothing_is_lost, nothing_is_doubled),
    limits=(nothing_is_hidden,),
    bounds={"hosts": 1, "writes": len(WRITES), "replicas": 2, "faults": FAULTS},
    switches=(
        *(JOURNAL_FIRST, KEPT_UNTIL_PROVEN, APPLIED_AGAIN, IDENTITY_BEFORE, IDENTITY_AFTER, DISK_PROVEN),
        *(ALL_REPLICAS, REPLICAS_DISKS, NO_FILE_IS_WEAK, NATURAL_KEYS),
    ),
    normal=normal,
)
