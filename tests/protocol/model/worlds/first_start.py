"""Three hosts that start at once on a database that has no mark; its server may be killed before its disk has the mark.

Nobody empties the database in this world, so no host may take it for an emptied or for another one. In the second start
the database is not empty: it lost its mark and a part of its data before the hosts, which are new, came.
"""

from typing import NamedTuple

from tests.protocol.model.explore import Off, State, Steps, Switch, World, action, changed, invariant

KILLS = 2
HOSTS = 3
NO_ID, OLDER_ID = 0, 9
NONE, PENDING, APPLIED = range(3)

FIRST_WINS = Switch("of several hosts that mark a database, the first wins (SET NX)", "the last one wins (SET)")
NOTED_WHEN_PROVEN = Switch(
    "a host notes a mark as proven only after the server proved it",
    "it notes it at once",
)
UNPROVEN_GIVES_WAY = Switch(
    "a mark that is not proven gives way to the one that is found",
    "another mark than the noted one is another database",
)
ADDRESSED_WHEN_PROVEN = Switch(
    "a row names its database only once the mark is proven",
    "it names the mark that was read last",
)
ONLY_EMPTY = Switch(
    "a host with a new journal marks a database only if it holds no user's data; else it asks",
    "it marks any database that has no mark",
)


class Host(NamedTuple):
    """A host: the id of the mark that it noted, whether that is proven, and whether it will write one."""

    noted: int = NO_ID
    is_proven: bool = False
    is_marking: bool = False


class Story(NamedTuple):
    """The state of this world. The row is host 1's; `row_for` is the database it names, NO_ID for the one in use.

    `memory` and `disk` are (mark, whether host 1's write is there). `is_refused` if a host refused the database.
    """

    is_damaged: bool
    memory: tuple[int, bool]
    disk: tuple[int, bool]
    hosts: tuple[Host, ...]
    row: int
    row_for: int
    is_told: bool
    kills: int
    is_refused: bool = False


def with_host(s: Story, index: int, host: Host) -> Story:
    """Return the state with another host at the index."""
    return changed(s, hosts=(*s.hosts[:index], host, *s.hosts[index + 1 :]))


def may_take(host: Host, mark: int, off: Off) -> bool:
    """Return whether the host may take the database with this mark for its own."""
    return host.noted in (NO_ID, mark) or (not host.is_proven and UNPROVEN_GIVES_WAY not in off)


@action("host {}", "redis_models.health.database_mark.verify_identity")
def read_mark(s: State, off: Off) -> Steps:
    """Read the mark; a host that knows no proven one takes what it finds, or will write one."""
    mark = s.memory[0]
    for index, host in enumerate(s.hosts):
        if host.is_proven or host.is_marking:
            continue
        if mark == NO_ID and (not s.is_damaged or host.noted or ONLY_EMPTY in off):
            yield f"{index + 1} finds no mark", with_host(s, index, changed(host, is_marking=True))
        elif mark not in (NO_ID, host.noted) and may_take(host, mark, off):
            yield f"{index + 1} finds a mark", with_host(s, index, noted(mark, off))
        elif mark not in (NO_ID, host.noted):
            yield f"{index + 1} takes the database for another one", changed(s, is_refused=True)


def noted(mark: int, off: Off) -> Host:
    """Return a host that has noted the mark."""
    return Host(noted=mark, is_proven=NOTED_WHEN_PROVEN in off)


@action("host {}", "redis_models.connection.client.mark_database")
def write_mark(s: State, off: Off) -> Steps:
    """Write a mark unless there is one, and note the one that is there then."""
    for index, host in enumerate(s.hosts):
        if host.is_marking:
            is_first = s.memory[0] == NO_ID or FIRST_WINS in off
            mark = (host.noted or index + 1) if is_first else s.memory[0]
            words = "writes a mark" if is_first else "finds the mark of another host, and takes it"
            if may_take(host, mark, off):
                yield f"{index + 1} {words}", changed(with_host(s, index, noted(mark, off)), memory=(mark, s.memory[1]))


@action("host {} notes its mark as proven", "redis_models.replay.mark_proof.prove")
def prove(s: State, _off: Off) -> Steps:
    """Have the server prove that it keeps the mark."""
    for index, host in enumerate(s.hosts):
        if host.noted != NO_ID and not host.is_proven and host.noted == s.memory[0] == s.disk[0]:
            yield str(index + 1), with_host(s, index, changed(host, is_proven=True, is_marking=False))


@action("host 1 {}", "redis_models.writer.submit")
def write(s: State, off: Off) -> Steps:
    """Write: live if a mark was read, else as pending."""
    if not s.is_told:
        host = s.hosts[0]
        is_named = host.is_proven or ADDRESSED_WHEN_PROVEN in off
        told = changed(s, is_told=True, row_for=host.noted if is_named else NO_ID)
        yield "keeps its write as pending: yes", changed(told, row=PENDING)
        if host.noted != NO_ID and s.memory[0] == host.noted:
            yield "applies its write: yes", changed(told, row=APPLIED, memory=(s.memory[0], True))


@action("host 1 drains: the row is applied", "redis_models.replay.primary_drain.PrimaryDrain.apply")
def drain_applies(s: State, _off: Off) -> Steps:
    """Apply the row, if it is for this database."""
    mark = s.memory[0]
    if s.row and mark != NO_ID and mark == s.hosts[0].noted and s.row_for in (NO_ID, mark):
        yield "", changed(s, memory=(mark, True))


@action("host 1 drains: the row is proven and dropped", "redis_models.journal.queue.Queue.settle")
def drop(s: State, _off: Off) -> Steps:
    """Remove the row, if the mark is still the same and the disk has both."""
    mark = s.memory[0]
    if s.row and s.memory == s.disk == (s.hosts[0].noted, True) and s.row_for in (NO_ID, mark):
        yield "", changed(s, row=NONE, row_for=NO_ID)


@action("the server syncs its disk")
def sync(s: State, _off: Off) -> Steps:
    """Sync the append-only file."""
    if s.memory != s.disk:
        yield "", changed(s, disk=s.memory)


@action("the server is killed, and restarts with what its disk has")
def kill(s: State, _off: Off) -> Steps:
    """Restart the server."""
    if s.kills < KILLS and s.memory != s.disk:
        yield "", changed(s, memory=s.disk, kills=s.kills + 1)


@invariant("no host takes the database for an emptied or for another one, if nobody emptied it")
def no_false_alarm(s: State) -> bool:
    """Return whether each host that expects a mark finds it."""
    return not s.is_refused and all(not host.is_proven or host.noted == s.memory[0] for host in s.hosts)


@invariant(
    "no acknowledged write is gone from the journal and from the database, or waits for a database that is not there"
)
def nothing_is_lost(s: State) -> bool:
    """Return whether the write is stored, or a row that can be applied to the database that its host has noted."""
    is_stranded = s.row_for not in (NO_ID, s.hosts[0].noted)
    return not s.is_told or (s.memory[1] if s.row == NONE else not is_stranded)


@invariant("no host that is new answers from a database that has lost data")
def no_false_answer(s: State) -> bool:
    """Return whether all hosts ask before they answer from a database that has data and no mark."""
    return not s.is_damaged or all(host.noted == NO_ID for host in s.hosts)


def start(*, is_damaged: bool) -> Story:
    """Return the start: hosts with new journals."""
    return Story(is_damaged, (NO_ID, False), (NO_ID, False), (Host(),) * HOSTS, NONE, NO_ID, False, 0)


WORLD = World(
    name="a first start",
    starts=(start(is_damaged=False), start(is_damaged=True)),
    actions=(read_mark, write_mark, prove, write, drain_applies, drop, sync, kill),
    invariants=(no_false_alarm, nothing_is_lost, no_false_answer),
    bounds={"hosts": HOSTS, "writes": 1, "kills": KILLS},
    switches=(FIRST_WINS, NOTED_WHEN_PROVEN, UNPROVEN_GIVES_WAY, ADDRESSED_WHEN_PROVEN, ONLY_EMPTY),
    states_at_most=1_000_000,
)
