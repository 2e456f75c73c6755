"""The mark of a database that two hosts know: it is flushed, adopted, or taken for another one.

Each host has one write. Probes may come late: what a host does before its first probe after a flush is allowed, because
it cannot know. Proofs are immediate in this world, and a flush may destroy what left the journals before it.
"""

from typing import NamedTuple

from tests.protocol.model.explore import Off, State, Steps, Switch, World, action, changed, invariant

FLUSHES, MISTAKES = 2, 1
NAMES = ("host 1", "host 2")
BITS = (1, 2)
NO_MARK = -1
NONE, PENDING, APPLIED = range(3)
IDLE, BEGUN, DONE, COMPARED = range(4)

MISSING_IS_AWAY = Switch(
    "a probe that finds no mark, or another one, means away",
    "probes do not read the mark: answers stay live",
)
COMPARED_AGAIN = Switch(
    "the drain compares the mark again before it drops rows", "it reads the mark only once, at the beginning"
)
NEW_EPOCH = Switch("a mark that has to be written again has a new epoch", "it is the same mark again")
PENDING_AGAIN = Switch(
    "after a new epoch, applied rows count as pending until they are applied again",
    "they count as applied, so reads are answered by Redis, which does not have them yet",
)
READ_FIRST = Switch(
    "a process that starts reads the mark before it answers from Redis or writes to it",
    "it takes Redis for healthy until its first probe",
)
NEW_ID = Switch(
    "a database that was emptied on purpose gets a new id, so that each host asks",
    "it keeps its id: other hosts take it for the one they know",
)
ID_COMPARED = Switch("rows are applied only to the database they were written for", "they are applied to any database")


class Host(NamedTuple):
    """A host: its row, what it told, what its last probe said, the id and the epoch it knows, and its drain."""

    row: int = NONE
    is_told: bool = False
    is_away: bool = False
    has_probed: bool = True
    id: int = 0
    epoch: int = 0
    stage: int = IDLE
    drain_epoch: int = 0


class Story(NamedTuple):
    """The state of this world. `is_other` while both hosts are configured with another database by mistake.

    `id` and `epoch` are those of the mark, NO_MARK if there is none. `destroyed` are writes that an operator destroyed;
    `unwanted` are rows of the other host that the database did not have when it was marked as emptied on purpose.
    """

    is_other: bool
    id: int
    epoch: int
    epochs: int
    stored: int
    destroyed: int
    unwanted: int
    hosts: tuple[Host, Host]
    flushes: int
    mistakes: int


def with_host(s: Story, index: int, **changes: int) -> Story:
    """Return the state with changes of one host."""
    host = changed(s.hosts[index], **changes)
    return changed(s, hosts=(host, s.hosts[1]) if index == 0 else (s.hosts[0], host))


def stored(s: Story, index: int) -> Story:
    """Return the state after the host's write ran on the database in use; another database is not our concern."""
    return s if s.is_other else changed(s, stored=s.stored | BITS[index])


@action("{}", "redis_models.writer.submit")
def write(s: State, _off: Off) -> Steps:
    """Write through a host: live if it is not away, else as pending."""
    for index, (host, name) in enumerate(zip(s.hosts, NAMES, strict=True)):
        if not host.is_told:
            yield f"{name} keeps its write as pending: yes", with_host(s, index, row=PENDING, is_told=True)
            if not host.is_away:
                yield f"{name} applies its write: yes", stored(with_host(s, index, row=APPLIED, is_told=True), index)


@action("{}", "redis_models.health.monitor.probe_once")
def probe(s: State, off: Off) -> Steps:
    """Read the mark: none or another one means away; a new epoch makes applied rows due."""
    for index, (host, name) in enumerate(zip(s.hosts, NAMES, strict=True)):
        is_strange = s.is_other or s.epoch == NO_MARK or s.id != host.id
        if is_strange and MISSING_IS_AWAY not in off:
            yield f"{name} probes: no mark, or another one: away", with_host(s, index, is_away=True, has_probed=True)
        elif is_strange:
            yield f"{name} probes: the server answers", with_host(s, index, has_probed=True)
        else:
            is_again = s.epoch != host.epoch and host.row == APPLIED and PENDING_AGAIN not in off
            row = PENDING if is_again else host.row
            after = with_host(s, index, is_away=False, has_probed=True, epoch=s.epoch, row=row)
            yield f"{name} probes: the mark is there", after


@action("{} begins a drain, and reads the mark", "redis_models.health.database_mark.verify_identity")
def drain_begins(s: State, off: Off) -> Steps:
    """Begin a drain on the database that the rows were written for."""
    for index, (host, name) in enumerate(zip(s.hosts, NAMES, strict=True)):
        is_ours = (not s.is_other and s.id == host.id) or ID_COMPARED in off
        if host.stage == IDLE and host.row and is_ours and (s.epoch != NO_MARK or s.is_other):
            yield name, with_host(s, index, stage=BEGUN, drain_epoch=mark_now(s))


def mark_now(s: Story) -> int:
    """Return the epoch of the mark of the database in use; the other database has one of its own."""
    return 99 if s.is_other else s.epoch


@action("the drain of {} applies its row, which is proven", "redis_models.replay.primary_drain.PrimaryDrain.apply")
def drain_applies(s: State, _off: Off) -> Steps:
    """Apply the row."""
    for index, name in enumerate(NAMES):
        if s.hosts[index].stage == BEGUN:
            yield name, stored(with_host(s, index, stage=DONE), index)


@action("the drain of {}", "redis_models.health.database_mark.is_unchanged")
def drain_compares(s: State, off: Off) -> Steps:
    """Go on if the mark is the one that was read at the beginning."""
    for index, (host, name) in enumerate(zip(s.hosts, NAMES, strict=True)):
        if host.stage == DONE and host.drain_epoch == mark_now(s):
            yield f"{name} reads the mark once more: the same", with_host(s, index, stage=COMPARED)
        elif host.stage == DONE and COMPARED_AGAIN in off:
            yield f"{name} does not read the mark once more", with_host(s, index, stage=COMPARED)


@action("the drain of {} drops its row", "redis_models.journal.queue.Queue.settle")
def drop(s: State, _off: Off) -> Steps:
    """Remove the row that was proven."""
    for index, name in enumerate(NAMES):
        if s.hosts[index].stage == COMPARED:
            yield name, with_host(s, index, stage=IDLE, drain_epoch=0, row=NONE)


@action("the drain of {} gives up", "redis_models.replay.drain.drain")
def drain_gives_up(s: State, _off: Off) -> Steps:
    """End a drain, for instance because the mark is another one."""
    for index, name in enumerate(NAMES):
        if s.hosts[index].stage != IDLE:
            yield name, with_host(s, index, stage=IDLE, drain_epoch=0)


def refuses(s: Story, host: Host, off: Off) -> bool:
    """Return whether the host refuses the database, which is not there by mistake."""
    return not s.is_other and (s.epoch == NO_MARK or s.id != host.id) and (host.is_away or MISSING_IS_AWAY in off)


def marked(s: Story, database_id: int, off: Off) -> Story:
    """Return the state after a missing mark was written again (SET NX)."""
    epoch = 0 if NEW_EPOCH in off else s.epochs + 1
    return changed(s, id=database_id, epoch=epoch, epochs=epoch) if s.epoch == NO_MARK else s


@action("an operator adopts the database on {}", "redis_models.replay.adoption.adopt")
def adopt(s: State, off: Off) -> Steps:
    """Mark an emptied database again, or take another mark; the other host sees the new epoch with its next probe."""
    for index, (host, name) in enumerate(zip(s.hosts, NAMES, strict=True)):
        if refuses(s, host, off):
            after = marked(s, host.id, off)
            row = PENDING if host.row == APPLIED and PENDING_AGAIN not in off else host.row
            known = {"is_away": False, "has_probed": True, "id": after.id, "epoch": after.epoch, "row": row}
            yield name, changed(with_host(after, index, **known), unwanted=s.unwanted & ~BITS[index])


@action(
    "the database was emptied on purpose: an operator drops the row of {}", "redis_models.replay.adoption.adopt_without"
)
def adopt_without(s: State, off: Off) -> Steps:
    """Mark the emptied database with a new id, or take another mark; the host's row and told writes are not wanted."""
    for index, (host, name) in enumerate(zip(s.hosts, NAMES, strict=True)):
        if refuses(s, host, off) and host.stage == IDLE:
            after = marked(s, host.id if NEW_ID in off else s.id + 1, off)
            other, bit = s.hosts[1 - index], BITS[1 - index]
            kept = bit & ~s.stored if other.row and other.stage == IDLE and s.epoch == NO_MARK else 0
            gone = s.destroyed | (BITS[index] if host.is_told else 0)
            known = {"is_away": False, "has_probed": True, "id": after.id, "epoch": after.epoch, "row": NONE}
            unwanted = (s.unwanted | kept) & ~BITS[index]
            yield name, changed(with_host(after, index, **known), destroyed=gone, unwanted=unwanted)


@action("the database is flushed")
def flush(s: State, _off: Off) -> Steps:
    """Empty the database, with its mark; writes that had left the journals, or were about to, are destroyed."""
    if s.flushes < FLUSHES and s.epoch != NO_MARK and not s.is_other:
        gone = s.destroyed
        for bit, host in zip(BITS, s.hosts, strict=True):
            gone |= bit if host.is_told and (host.row == NONE or host.stage == COMPARED) else 0
        hosts = tuple(changed(host, has_probed=False) for host in s.hosts)
        emptied = changed(s, epoch=NO_MARK, stored=0, destroyed=gone, unwanted=0, flushes=s.flushes + 1)
        yield "", changed(emptied, hosts=hosts)


@action("{}")
def mistake(s: State, off: Off) -> Steps:
    """Configure another database by mistake, and put it right again; all processes start again for that."""
    away = READ_FIRST not in off
    idle = {"has_probed": False, "is_away": away, "stage": IDLE, "drain_epoch": 0}
    hosts = tuple(changed(host, **idle) for host in s.hosts)
    if s.is_other:
        yield "the configuration is put right", changed(s, is_other=False, hosts=hosts)
    elif s.mistakes < MISTAKES:
        yield (
            "another database is configured by mistake",
            changed(s, is_other=True, hosts=hosts, mistakes=s.mistakes + 1),
        )


@invariant("no acknowledged write is gone from the journals and from the database")
def nothing_is_lost(s: State) -> bool:
    """Return whether each acknowledged write that was not destroyed is a row or stored."""
    kept = zip(BITS, s.hosts, strict=True)
    return all(not host.is_told or host.row or (s.stored | s.destroyed) & bit for bit, host in kept)


@invariant("no live answer says `not found` of an acknowledged write after the host has probed")
def not_found_is_true(s: State) -> bool:
    """Return whether what a host would answer from Redis now is true; reads take pending rows into account."""
    told = sum(bit for bit, host in zip(BITS, s.hosts, strict=True) if host.is_told)
    for bit, host in zip(BITS, s.hosts, strict=True):
        if host.is_away or not host.has_probed:
            continue
        is_lost = s.is_other or s.epoch == NO_MARK or s.id != host.id
        shown = bit if host.row == PENDING else 0
        asked = told & ~shown if is_lost else bit & ~shown if host.row else 0
        if asked & ~(0 if s.is_other else s.stored):
            return False
    return True


@invariant("no row comes back to a database that was emptied on purpose, unless it is adopted on the row's host, too")
def nothing_unwanted_comes_back(s: State) -> bool:
    """Return whether no unwanted write is stored."""
    return not s.stored & s.unwanted


WORLD = World(
    name="a lost mark",
    starts=(Story(False, 0, 0, 0, 0, 0, 0, (Host(), Host()), 0, 0),),
    actions=(
        *(write, probe, drain_begins, drain_applies, drain_compares, drop, drain_gives_up),
        *(adopt, adopt_without, flush, mistake),
    ),
    invariants=(nothing_is_lost, not_found_is_true, nothing_unwanted_comes_back),
    bounds={"hosts": 2, "writes": 2, "flushes": FLUSHES, "mistakes": MISTAKES},
    switches=(MISSING_IS_AWAY, READ_FIRST, COMPARED_AGAIN, NEW_EPOCH, PENDING_AGAIN, NEW_ID, ID_COMPARED),
    states_at_most=1_000_000,
)
