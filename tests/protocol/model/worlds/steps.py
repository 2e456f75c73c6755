"""A registration in two steps on a cluster: the claim on one primary, the profile on another.

Each primary may be killed at any time. With append-only files its disk lags; without them it restarts empty, nothing is
proven, and the row stays in the journal, noted with the servers on which it was applied.
"""

from typing import NamedTuple

from tests.protocol.model.explore import Off, State, Steps, Switch, World, action, changed, invariant

KILLS, CRASHES = 3, 1
NONE, IN_FLIGHT, PENDING, APPLIED = range(4)
NEW, RUNNING, DIED, YES = range(4)
CLAIM, PROFILE = 0, 1
NOT_NOTED = -1
NAMES = ("the claim's primary", "the profile's primary")

DROPPED_OUT = Switch(
    "a primary that drops out of the drain has proven nothing",
    "its steps are left out, and the row is dropped by the proof of the other primary",
)
EVERY_STEP_PROVEN = Switch(
    "a row in steps is dropped only if all its primaries proved it", "one primary's proof is enough"
)
APPLIED_ON_ALL = Switch(
    "an unproven row in steps notes the servers of all its steps, and is due again if one of them has changed",
    "it notes the server of its last step only",
)


class Server(NamedTuple):
    """A primary: whether its memory and its disk have the step, and its identity, which each restart changes."""

    has_file: bool
    memory: bool = False
    disk: bool = False
    identity: int = 0


class Side(NamedTuple):
    """A primary's part of a drain: the identity remembered, and whether it applied the step, proved it, or is out."""

    identity: int
    has_run: bool = False
    is_proven: bool = False
    is_out: bool = False


class Story(NamedTuple):
    """The state of this world. `noted` are the servers that applied the row, by identity, if they prove nothing."""

    row: int
    asked: int
    noted: tuple[int, int] | None
    servers: tuple[Server, Server]
    drain: tuple[Side, Side] | None
    kills: int
    crashes: int


def with_server(s: Story, index: int, server: Server) -> Story:
    """Return the state with another primary at this index."""
    return changed(s, servers=(server, s.servers[1]) if index == 0 else (s.servers[0], server))


def with_side(s: Story, index: int, side: Side) -> Story:
    """Return the state with another side of its drain at this index."""
    sides = list(s.drain or ())
    sides[index] = side
    return changed(s, drain=tuple(sides))


def ran(s: Story, index: int) -> Story:
    """Return the state after the step of this primary ran."""
    return with_server(s, index, changed(s.servers[index], memory=True))


def is_due(s: Story) -> bool:
    """Return whether a drain would apply the row; not if it is noted as applied on the servers as they are now."""
    if s.row != APPLIED or s.noted is None:
        return s.row in (PENDING, APPLIED)
    return any(noted not in (NOT_NOTED, server.identity) for noted, server in zip(s.noted, s.servers, strict=True))


@action("the registration is journaled as in flight", "redis_models.journal.rows.Rows.begin")
def begin(s: State, _off: Off) -> Steps:
    """Add the row before the first step is sent."""
    if s.asked == NEW:
        yield "", changed(s, asked=RUNNING, row=IN_FLIGHT)


@action("the request claims the email", "redis_models.operations.write.Write.execute")
def request_claims(s: State, _off: Off) -> Steps:
    """Run the first step."""
    if s.asked == RUNNING and not s.servers[CLAIM].memory:
        yield "", ran(s, CLAIM)


@action("the request writes the profile, and the reply arrives: yes", "redis_models.gateway.apply")
def request_writes(s: State, _off: Off) -> Steps:
    """Run the second step, which the request does only after the first one worked."""
    if s.asked == RUNNING and s.servers[CLAIM].memory:
        yield "", ran(changed(s, asked=YES, row=APPLIED), PROFILE)


@action("a reply is lost, and the registration is kept as pending: yes", "redis_models.journal.rows.Rows.keep")
def keep(s: State, _off: Off) -> Steps:
    """Keep the row after any of the steps."""
    if s.asked == RUNNING:
        yield "", changed(s, asked=YES, row=PENDING)


@action("a drain begins on both primaries", "redis_models.replay.drain.drain")
def drain_begins(s: State, _off: Off) -> Steps:
    """Remember both identities."""
    if s.drain is None and is_due(s):
        yield "", changed(s, drain=(Side(s.servers[0].identity), Side(s.servers[1].identity)))


@action("the drain runs the step of {}", "redis_models.replay.primary_drain.PrimaryDrain.run")
def drain_runs(s: State, _off: Off) -> Steps:
    """Run the claim, then the profile; each needs its primary in the drain."""
    if s.drain is None:
        return
    index = PROFILE if s.drain[CLAIM].has_run else CLAIM
    side = s.drain[index]
    if not side.has_run and not side.is_out and not s.drain[PROFILE].is_out:
        yield NAMES[index], ran(with_side(s, index, changed(side, has_run=True)), index)


@action("{} proves its step", "redis_models.replay.proof.Proof.ask")
def proves(s: State, _off: Off) -> Steps:
    """Prove a step: the disk has it, and the server is still the same."""
    if s.drain and s.drain[PROFILE].has_run:
        for index, (side, server) in enumerate(zip(s.drain, s.servers, strict=True)):
            is_same = side.identity == server.identity and not side.is_out
            if is_same and server.has_file and server.disk >= server.memory and not side.is_proven:
                yield NAMES[index], with_side(s, index, changed(side, is_proven=True))


@action("{} drops out of the drain", "redis_models.replay.drain.drain")
def drops_out(s: State, _off: Off) -> Steps:
    """Leave a primary out of the rest of the drain, because its connection broke or its identity changed."""
    if s.drain:
        for index, side in enumerate(s.drain):
            if not side.is_out and not side.is_proven:
                yield NAMES[index], with_side(s, index, changed(side, is_out=True))


def proven(side: Side, off: Off) -> bool:
    """Return whether the step of this side counts as proven."""
    return side.is_proven or (side.is_out and DROPPED_OUT in off)


@action("the drain settles the row: {}", "redis_models.replay.primary_drain.PrimaryDrain.settle")
def settle(s: State, off: Off) -> Steps:
    """Drop the row if all its steps are proven; else keep it as applied on these servers."""
    if s.drain is None or not s.drain[PROFILE].has_run or s.drain[PROFILE].is_out:
        return
    sides = [proven(side, off) for side in s.drain]
    if sides[PROFILE] if EVERY_STEP_PROVEN in off else all(sides):
        yield "it is dropped", changed(s, row=NONE, drain=None)
        return
    claim = NOT_NOTED if APPLIED_ON_ALL in off else s.drain[CLAIM].identity
    is_weak = not all(server.has_file for server in s.servers)
    noted = (claim, s.drain[PROFILE].identity) if is_weak else None
    yield "it stays as applied", changed(s, row=APPLIED, noted=noted, drain=None)


@action("the drain gives up", "redis_models.replay.drain.drain")
def drain_gives_up(s: State, _off: Off) -> Steps:
    """End the drain without settling anything."""
    if s.drain:
        yield "", changed(s, drain=None)


@action("{} syncs its disk")
def sync(s: State, _off: Off) -> Steps:
    """Sync an append-only file."""
    for index, server in enumerate(s.servers):
        if server.has_file and server.memory != server.disk:
            yield NAMES[index], with_server(s, index, changed(server, disk=server.memory))


@action("{} is killed, and restarts with what its disk has")
def kill(s: State, _off: Off) -> Steps:
    """Restart a primary; without an append-only file it is empty."""
    if s.kills < KILLS:
        for index, server in enumerate(s.servers):
            again = changed(server, memory=server.disk, identity=server.identity + 1)
            yield NAMES[index], changed(with_server(s, index, again), kills=s.kills + 1)


@action("the host is killed, and starts again")
def crash(s: State, _off: Off) -> Steps:
    """End the host's processes."""
    if s.crashes < CRASHES:
        row = PENDING if s.row == IN_FLIGHT else s.row
        asked = DIED if s.asked == RUNNING else s.asked
        yield "", changed(s, row=row, asked=asked, drain=None, crashes=s.crashes + 1)


@invariant("no acknowledged step is gone from its primary while no drain would apply it again")
def nothing_is_lost(s: State) -> bool:
    """Return whether both steps of an acknowledged registration are there, or will be applied again."""
    return s.asked != YES or all(server.memory for server in s.servers) or s.row == IN_FLIGHT or is_due(s)


WORLD = World(
    name="two steps",
    starts=tuple(
        Story(NONE, NEW, None, (Server(claims), Server(profiles)), None, 0, 0)
        for claims in (True, False)
        for profiles in (True, False)
    ),
    actions=(
        *(begin, request_claims, request_writes, keep, drain_begins, drain_runs, proves, drops_out, settle),
        *(drain_gives_up, sync, kill, crash),
    ),
    invariants=(nothing_is_lost,),
    bounds={"hosts": 1, "writes": 1, "primaries": 2, "kills": KILLS, "crashes of the host": CRASHES},
    switches=(DROPPED_OUT, EVERY_STEP_PROVEN, APPLIED_ON_ALL),
)
