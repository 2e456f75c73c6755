"""Two servers that both take writes for a while: a fail-over that a pooled connection has not noticed.

The old primary is cut off from its replica, the replica is promoted, and the old primary goes on taking writes until it
becomes a replica of the new one and loses what only it has. Disks never lag in this world: it is about copies.
"""

from typing import NamedTuple

from tests.protocol.model.explore import Off, State, Steps, Switch, World, action, changed, invariant

WRITES = {1: "write 1", 2: "write 2"}
CRASHES = 2
NONE, IN_FLIGHT, PENDING, APPLIED = range(4)
NEW, RUNNING, DIED, YES = range(4)
OLD, NEXT = "the old primary", "the new primary"
TOGETHER, CUT, APART, REJOINED = range(4)
APPLYING, COPIED = range(2)

DOWN_COUNTS = Switch("a known replica that is down still counts", "only replicas that are connected are waited for")
KNOWN_ON_DISK = Switch(
    "the journal notes how many replicas were seen, on disk",
    "a process that starts knows only the replicas that are connected then",
)


class Drain(NamedTuple):
    """A drain over a connection to one server; `needs` is the number of replicas that it waits for."""

    server: str
    needs: int
    done: int
    stage: int


class Story(NamedTuple):
    """The state of this world: `old` and `new` are what the two servers have, as bit masks."""

    phase: int
    rows: tuple[int, int]
    asked: tuple[int, int]
    old: int
    new: int
    knows: int
    drain: Drain | None
    crashes: int


def put(values: tuple[int, int], write: int, value: int) -> tuple[int, int]:
    """Return the values with another one for the write."""
    return (value, values[1]) if write == 1 else (values[0], value)


def taking_writes(s: Story) -> tuple[str, ...]:
    """Return the servers that take writes now; the others refuse them."""
    return {TOGETHER: (OLD,), CUT: (OLD,), APART: (OLD, NEXT), REJOINED: (NEXT,)}[s.phase]


def ran(s: Story, server: str, write: int) -> Story:
    """Return the state after the write's script ran on the server."""
    return changed(s, old=s.old | write) if server == OLD else changed(s, new=s.new | write)


@action("{} is journaled as in flight, and sent", "redis_models.journal.rows.Rows.begin")
def begin(s: State, _off: Off) -> Steps:
    """Add the row before the command is sent. Write 2 begins after write 1, because they are alike."""
    for write, name in WRITES.items():
        if s.asked[write - 1] == NEW and (write == 1 or s.asked[0] != NEW):
            yield name, changed(s, rows=put(s.rows, write, IN_FLIGHT), asked=put(s.asked, write, RUNNING))


@action("{}, and the reply arrives: yes", "redis_models.gateway.apply")
def run_and_reply(s: State, _off: Off) -> Steps:
    """Run the script on a server that takes writes and tell the caller."""
    for write, name in WRITES.items():
        if s.asked[write - 1] == RUNNING:
            told = changed(s, rows=put(s.rows, write, APPLIED), asked=put(s.asked, write, YES))
            for server in taking_writes(s):
                yield f"{name} runs on {server}", ran(told, server, write)


@action("{} gets no reply, and is kept as pending: yes", "redis_models.journal.rows.Rows.keep")
def keep(s: State, _off: Off) -> Steps:
    """Keep the row after the request's time is up."""
    for write, name in WRITES.items():
        if s.asked[write - 1] == RUNNING:
            yield name, changed(s, rows=put(s.rows, write, PENDING), asked=put(s.asked, write, YES))


def connected(s: Story, server: str) -> int:
    """Return the number of replicas that are connected to the server."""
    return int((server == OLD and s.phase == TOGETHER) or (server == NEXT and s.phase == REJOINED))


@action("a drain begins on {}", "redis_models.replay.primary_drain.primary_drain_of")
def drain_begins(s: State, off: Off) -> Steps:
    """Begin a drain on a server that says that it is a primary, and note how many replicas it has."""
    if s.drain is None and any(row in (PENDING, APPLIED) for row in s.rows):
        for server in taking_writes(s):
            now = connected(s, server)
            knows = now if DOWN_COUNTS in off else max(s.knows, now)
            yield server, changed(s, drain=Drain(server, knows, 0, APPLYING), knows=max(s.knows, now))


@action("the drain applies {}", "redis_models.replay.primary_drain.PrimaryDrain.apply")
def drain_applies(s: State, _off: Off) -> Steps:
    """Apply a due row, if the server takes writes."""
    if s.drain and s.drain.stage == APPLYING and s.drain.server in taking_writes(s):
        for write, name in WRITES.items():
            if s.rows[write - 1] in (PENDING, APPLIED) and not s.drain.done & write:
                after = changed(s, drain=changed(s.drain, done=s.drain.done | write))
                yield f"{name} on {s.drain.server}", ran(after, s.drain.server, write)


@action("{} proves that all known replicas have it (WAITAOF)", "redis_models.connection.link.Link.unconfirmed")
def replicas_prove(s: State, _off: Off) -> Steps:
    """Prove it if as many replicas are connected as are known, and they have the rows."""
    if s.drain and s.drain.stage == APPLYING and s.drain.done and s.drain.server in taking_writes(s):
        copy = s.new if s.drain.server == OLD else s.old
        if s.drain.needs == 0 or (connected(s, s.drain.server) >= s.drain.needs and not s.drain.done & ~copy):
            yield s.drain.server, changed(s, drain=changed(s.drain, stage=COPIED))


@action("the drain asks for the identity: {}", "redis_models.replay.proof.Proof.ask")
def drop(s: State, _off: Off) -> Steps:
    """Drop the rows if the server is still the same primary."""
    if s.drain and s.drain.stage == COPIED:
        if s.drain.server in taking_writes(s):
            rows = tuple(NONE if s.drain.done & write else row for write, row in zip(WRITES, s.rows, strict=True))
            yield "the same, the rows are dropped", changed(s, rows=rows, drain=None)
        else:
            yield "another, no row is dropped", changed(s, drain=None)


@action("the drain gives up", "redis_models.replay.drain.drain")
def drain_gives_up(s: State, _off: Off) -> Steps:
    """End a drain whose proof did not come in time."""
    if s.drain:
        yield "", changed(s, drain=None)


@action("the replica copies its primary")
def copy(s: State, _off: Off) -> Steps:
    """Let the replica catch up; after the fail-over the old primary is the replica, and loses what only it has."""
    if s.phase == TOGETHER and s.new != s.old:
        yield "", changed(s, new=s.old)
    if s.phase == REJOINED and s.old != s.new:
        yield "", changed(s, old=s.new)


@action("{}")
def fail_over(s: State, _off: Off) -> Steps:
    """Go on with the fail-over: cut off, promoted, rejoined."""
    words = ("the replica is cut off", "the replica is promoted", "the old primary becomes a replica of the new one")
    if s.phase < REJOINED:
        yield words[s.phase], changed(s, phase=s.phase + 1)


@action("the host is killed, and starts again")
def crash(s: State, off: Off) -> Steps:
    """End the host's processes; they forget how many replicas they saw, if the journal does not note it."""
    if s.crashes < CRASHES:
        rows = tuple(PENDING if row == IN_FLIGHT else row for row in s.rows)
        asked = tuple(DIED if phase == RUNNING else phase for phase in s.asked)
        knows = 0 if KNOWN_ON_DISK in off else s.knows
        yield "", changed(s, rows=rows, asked=asked, knows=knows, drain=None, crashes=s.crashes + 1)


@invariant("no acknowledged write is gone from the journal and from the primary that stays")
def nothing_is_lost(s: State) -> bool:
    """Return whether each acknowledged write is in the journal or, after the fail-over, in the new primary."""
    kept = s.new if s.phase == REJOINED else s.old | s.new
    held = zip(WRITES, s.asked, s.rows, strict=True)
    return all(asked != YES or row or kept & write for write, asked, row in held)


@invariant("a host that first drains while the replica is cut off loses nothing either")
def strangers_lose_nothing(s: State) -> bool:
    """Return whether nothing is lost even if no process of the host ever saw the replica."""
    return nothing_is_lost.holds(s)


def start(*, knows: int) -> Story:
    """Return the start: a host that has seen `knows` replicas before."""
    return Story(TOGETHER, (NONE, NONE), (NEW, NEW), 0, 0, knows, None, 0)


WORLD = World(
    name="two primaries",
    starts=(start(knows=1),),
    starts_of_limits=(start(knows=0),),
    actions=(
        *(begin, run_and_reply, keep, drain_begins, drain_applies, replicas_prove, drop, drain_gives_up),
        *(copy, fail_over, crash),
    ),
    invariants=(nothing_is_lost,),
    limits=(strangers_lose_nothing,),
    bounds={"hosts": 1, "writes": len(WRITES), "servers": 2, "fail-overs": 1, "crashes of the host": CRASHES},
    switches=(DOWN_COUNTS, KNOWN_ON_DISK),
)
