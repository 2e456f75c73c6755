"""Two worker processes of one host share a journal; either may die in mid-request or in mid-drain, or be frozen.

Worker 1 has a write that may wait (a registration, which may be refused later: somebody else takes the email on another
host). Worker 2 has a write that may not wait: it is answered with 503 if Redis does not reply. The server's disk lags.
"""

from typing import NamedTuple

from tests.protocol.model.explore import Off, State, Steps, Switch, World, action, changed, invariant

WAITS, MUST = 0, 1
NAMES = ("the registration", "the write that may not wait")
BITS = (1, 2)
KILLS, DEATHS = 1, 2
NONE, IN_FLIGHT, PENDING, APPLIED, DEAD_LETTER = range(5)
NEW, RUNNING, REPLIED, REFUSED, DIED, NO, YES = range(7)
UNANSWERED = (RUNNING, REPLIED, REFUSED)

NOTED_FIRST = Switch(
    "a write that may not wait is noted as applied, durably, before the yes",
    "the note waits for the next transaction",
)
NOTE_FINDS_ROW = Switch("if the note finds no row in flight, the answer is 503", "the answer is yes")
ONLY_APPLIED_AGAIN = Switch(
    "a write that may not wait is applied again only if it is noted as applied", "rows in flight are applied, too"
)
STATE_COMPARED = Switch(
    "an abandoned row is dropped only if it is still in flight then",
    "the row is dropped, whatever happened since it was read",
)
REFUSED_IS_SEEN = Switch(
    "an abandoned row that is refused becomes a dead letter",
    "it is dropped, as if nobody had been told",
)


class Drain(NamedTuple):
    """A drain of a worker: the rows' states as it read them (NONE: not due), what it applied, what was refused."""

    worker: int
    read: tuple[int, int]
    done: int = 0
    refused: bool = False
    is_proven: bool = False


class Story(NamedTuple):
    """The state of this world. `expired` are writes whose deadline passed or whose worker died.

    `is_late` is true if a drain applied a write that was answered with 503.
    """

    rows: tuple[int, int]
    asked: tuple[int, int]
    expired: int
    memory: int
    disk: int
    is_taken: bool
    drain: Drain | None
    kills: int
    deaths: int
    is_late: bool


def put(values: tuple[int, int], index: int, value: int) -> tuple[int, int]:
    """Return the values with another one at the index."""
    return (value, values[1]) if index == 0 else (values[0], value)


def answered(s: Story, index: int, answer: int, row: int) -> Story:
    """Return the state after the request was answered and its row was left like this."""
    return changed(s, asked=put(s.asked, index, answer), rows=put(s.rows, index, row))


def is_refused(s: Story, index: int) -> bool:
    """Return whether the script would refuse the write now."""
    return index == WAITS and s.is_taken and not s.memory & BITS[WAITS]


@action("{} is journaled as in flight, and sent", "redis_models.journal.rows.Rows.begin")
def begin(s: State, _off: Off) -> Steps:
    """Add the row before the command is sent."""
    for index, name in enumerate(NAMES):
        if s.asked[index] == NEW:
            yield name, answered(s, index, RUNNING, IN_FLIGHT)


@action("{}", "redis_models.gateway.apply")
def run_and_reply(s: State, _off: Off) -> Steps:
    """Run the script; the reply reaches the worker, which has not noted anything yet."""
    for index, name in enumerate(NAMES):
        if s.asked[index] == RUNNING:
            if is_refused(s, index):
                yield f"{name} is refused", changed(s, asked=put(s.asked, index, REFUSED))
            else:
                asked = put(s.asked, index, REPLIED)
                yield f"{name} runs, and its reply arrives", changed(s, memory=s.memory | BITS[index], asked=asked)


@action("{} runs, and its reply is lost", "redis_models.connection.retry.LoggedRetry.call_with_retry")
def run_unheard(s: State, _off: Off) -> Steps:
    """Run a command that was sent, perhaps late."""
    for index, name in enumerate(NAMES):
        if s.asked[index] != NEW and not is_refused(s, index):
            yield name, changed(s, memory=s.memory | BITS[index])


@action("worker 1 answers yes; the note {}", "redis_models.journal.rows.Rows.applied")
def note_later(s: State, _off: Off) -> Steps:
    """Say yes to the write that may wait; its note is part of the next transaction, which may never come."""
    if s.asked[WAITS] == REPLIED:
        yield "is lost with the process", answered(s, WAITS, YES, s.rows[WAITS])
        if s.rows[WAITS] == IN_FLIGHT:
            yield "follows", answered(s, WAITS, YES, APPLIED)


@action("worker 1 answers no; the drop of the row {}", "redis_models.journal.rows.Rows.drop")
def drop_later(s: State, _off: Off) -> Steps:
    """Say no to a registration that was refused or failed; the drop is part of the next transaction."""
    if s.asked[WAITS] in (RUNNING, REFUSED):
        yield "is lost with the process", answered(s, WAITS, NO, s.rows[WAITS])
        yield "follows", answered(s, WAITS, NO, NONE)


@action("worker 2 {}", "redis_models.journal.rows.Rows.note_applied")
def note_first(s: State, off: Off) -> Steps:
    """Note the write that may not wait as applied, durably, and only then say yes."""
    if s.asked[MUST] != REPLIED:
        return
    if NOTED_FIRST in off:
        yield "answers yes; the note is lost with the process", answered(s, MUST, YES, s.rows[MUST])
    elif s.rows[MUST] == IN_FLIGHT:
        yield "notes the write as applied, and answers yes", answered(s, MUST, YES, APPLIED)
    elif NOTE_FINDS_ROW in off:
        yield "finds no row to note, and answers yes", answered(s, MUST, YES, s.rows[MUST])
    else:
        yield "finds no row to note, and answers 503", answered(s, MUST, NO, s.rows[MUST])


@action("{}", "redis_models.journal.rows.Rows.keep")
def no_reply(s: State, _off: Off) -> Steps:
    """Keep the write that may wait, and drop the other one."""
    if s.asked[WAITS] == RUNNING:
        kept = s.rows[WAITS] and PENDING
        yield "the registration gets no reply, and is kept as pending: yes", answered(s, WAITS, YES, kept)
    if s.asked[MUST] == RUNNING:
        yield "the write that may not wait gets no reply: 503, its row is dropped", answered(s, MUST, NO, NONE)


@action("the deadline of {} passes while its worker is frozen")
def expire(s: State, _off: Off) -> Steps:
    """Let the deadline of a row in flight pass, so other workers take it for abandoned."""
    for index, name in enumerate(NAMES):
        if s.asked[index] in UNANSWERED and not s.expired & BITS[index]:
            yield name, changed(s, expired=s.expired | BITS[index])


@action("another host gives the email to somebody else")
def take(s: State, _off: Off) -> Steps:
    """Make the registration one that is refused."""
    if not s.is_taken and not s.memory & BITS[WAITS]:
        yield "", changed(s, is_taken=True)


def due(s: Story, index: int) -> int:
    """Return the state of the row if it is due, else NONE."""
    is_due = s.rows[index] in (PENDING, APPLIED) or (s.rows[index] == IN_FLIGHT and s.expired & BITS[index])
    return s.rows[index] if is_due else NONE


@action("worker {} begins a drain, and reads the rows that are due", "redis_models.journal.queue.Queue.due")
def drain_begins(s: State, _off: Off) -> Steps:
    """Begin a drain; only one process of the host drains at a time."""
    read = (due(s, WAITS), due(s, MUST))
    if s.drain is None and any(read):
        for worker in (1, 2):
            yield str(worker), changed(s, drain=Drain(worker, read))


@action("the drain drops the abandoned row of the write that may not wait", "redis_models.journal.queue.Queue.due")
def drain_drops_void(s: State, off: Off) -> Steps:
    """Drop a row that was in flight when it was read: nobody was told yes then."""
    if s.drain and s.drain.read[MUST] == IN_FLIGHT and ONLY_APPLIED_AGAIN not in off:
        is_dropped = s.rows[MUST] == IN_FLIGHT or STATE_COMPARED in off
        rows = put(s.rows, MUST, NONE) if is_dropped else s.rows
        yield "", changed(s, rows=rows, drain=changed(s.drain, read=put(s.drain.read, MUST, NONE)))


@action("the drain applies {}", "redis_models.replay.primary_drain.PrimaryDrain.apply")
def drain_applies(s: State, off: Off) -> Steps:
    """Apply the rows that were read."""
    if s.drain is None or s.drain.is_proven:
        return
    for index, name in enumerate(NAMES):
        is_to_run = s.drain.read[index] and (
            index == WAITS or s.drain.read[MUST] == APPLIED or ONLY_APPLIED_AGAIN in off
        )
        if is_to_run and not s.drain.done & BITS[index]:
            refused = is_refused(s, index)
            drain = changed(s.drain, done=s.drain.done | BITS[index], refused=refused or s.drain.refused)
            late = s.is_late or (index == MUST and s.asked[MUST] == NO)
            memory = s.memory if refused else s.memory | BITS[index]
            yield f"{name}, which is refused" if refused else name, changed(s, drain=drain, memory=memory, is_late=late)


@action("the server proves what it has", "redis_models.replay.proof.Proof.ask")
def proves(s: State, _off: Off) -> Steps:
    """Prove that the disk has what the drain applied."""
    if s.drain and s.drain.done and not s.drain.is_proven and not s.memory & s.drain.done & ~s.disk:
        yield "", changed(s, drain=changed(s.drain, is_proven=True))


@action("the drain {}", "redis_models.journal.queue.Queue.add_dead_letters")
def set_aside(s: State, off: Off) -> Steps:
    """Make the row of a refused write a dead letter, because somebody may have been told yes; it needs no proof."""
    if s.drain and s.drain.refused:
        drain = changed(s.drain, refused=False, done=s.drain.done & ~BITS[WAITS])
        if s.drain.read[WAITS] == IN_FLIGHT and REFUSED_IS_SEEN in off:
            yield "drops the refused row", changed(s, rows=put(s.rows, WAITS, NONE), drain=drain)
        else:
            kept = s.rows[WAITS] and DEAD_LETTER
            yield "makes the refused row a dead letter", changed(s, rows=put(s.rows, WAITS, kept), drain=drain)


@action("the drain {}", "redis_models.journal.queue.Queue.settle")
def settle(s: State, _off: Off) -> Steps:
    """Drop rows that are proven; leave the others as applied, to be applied again."""
    if s.drain and s.drain.done and not s.drain.refused:
        for words, left in (("drops its rows", NONE), ("keeps its rows as applied, unproven", APPLIED)):
            if left == APPLIED or s.drain.is_proven:
                rows = s.rows
                for index in (WAITS, MUST):
                    rows = put(rows, index, rows[index] and left) if s.drain.done & BITS[index] else rows
                yield words, changed(s, rows=rows, drain=None)


@action("the drain gives up", "redis_models.replay.drain.drain")
def drain_gives_up(s: State, _off: Off) -> Steps:
    """End the drain without settling anything."""
    if s.drain:
        yield "", changed(s, drain=None)


@action("the server syncs its disk")
def sync(s: State, _off: Off) -> Steps:
    """Sync the append-only file."""
    if s.memory != s.disk:
        yield "", changed(s, disk=s.memory)


@action("the server is killed, and restarts with what its disk has")
def kill(s: State, _off: Off) -> Steps:
    """Restart the server; the drain's connection breaks."""
    if s.kills < KILLS and s.memory != s.disk:
        yield "", changed(s, memory=s.disk, drain=None, kills=s.kills + 1)


@action("worker {} is killed")
def die(s: State, _off: Off) -> Steps:
    """End a worker: its request is never answered, its drain ends, and another one takes the turn."""
    if s.deaths < DEATHS:
        for index in (WAITS, MUST):
            asked = put(s.asked, index, DIED) if s.asked[index] in UNANSWERED else s.asked
            drain = None if s.drain and s.drain.worker == index + 1 else s.drain
            expired = s.expired | BITS[index] if s.asked[index] != NEW else s.expired
            yield str(index + 1), changed(s, asked=asked, drain=drain, expired=expired, deaths=s.deaths + 1)


@action("the host is killed, and starts again")
def crash(s: State, _off: Off) -> Steps:
    """End both workers at once."""
    if s.deaths < DEATHS:
        asked = tuple(DIED if phase in UNANSWERED else phase for phase in s.asked)
        expired = sum(bit for bit, phase in zip(BITS, s.asked, strict=True) if phase != NEW)
        yield "", changed(s, asked=asked, drain=None, expired=expired, deaths=s.deaths + 1)


@invariant("no acknowledged write is gone from the journal and from the server")
def nothing_is_lost(s: State) -> bool:
    """Return whether each acknowledged write is a row, a dead letter, or in the server."""
    return all(s.asked[index] != YES or s.rows[index] or s.memory & BITS[index] for index in (WAITS, MUST))


@invariant("a write that was answered with 503 is never applied by a drain")
def nothing_is_late(s: State) -> bool:
    """Return whether no drain applied a write after its 503."""
    return not s.is_late


WORLD = World(
    name="two workers",
    starts=(Story((NONE, NONE), (NEW, NEW), 0, 0, 0, False, None, 0, 0, False),),
    actions=(
        *(begin, run_and_reply, run_unheard, note_later, drop_later, note_first, no_reply, expire, take),
        *(
            drain_begins,
            drain_drops_void,
            drain_applies,
            proves,
            set_aside,
            settle,
            drain_gives_up,
            sync,
            kill,
            die,
            crash,
        ),
    ),
    invariants=(nothing_is_lost, nothing_is_late),
    bounds={
        "hosts": 1,
        "workers": 2,
        "writes": 2,
        "kills of the server": KILLS,
        "kills of a worker or the host": DEATHS,
    },
    switches=(NOTED_FIRST, NOTE_FINDS_ROW, ONLY_APPLIED_AGAIN, STATE_COMPARED, REFUSED_IS_SEEN),
    states_at_most=1_000_000,
)
