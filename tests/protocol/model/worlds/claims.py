"""Two people who register one email: on one host (in any of its processes) or on two, with a lagging replica.

Requests that Redis answers, requests that are kept because it is away, and a drain that may come at any moment between.
The drain is one step here: it applies a row, and drops it when the replica has the claim too.
"""

from typing import NamedTuple

from tests.protocol.model.explore import Off, State, Steps, Switch, World, action, changed, invariant

PEOPLE = {0: "Ann", 1: "Ben"}
FAIL_OVERS, CRASHES = 2, 1
NOBODY = -1
NONE, IN_FLIGHT, PENDING, APPLIED, DEAD = range(5)
NEW, RUNNING, DIED, NO, KEPT, STORED = range(6)
YES = (KEPT, STORED)

PENDING_ASKED = Switch(
    "a registration asks for pending claims of its host before it is sent",
    "it goes to Redis, which does not have them yet",
)
APPLIED_ASKED = Switch(
    "a registration first applies another person's applied claim of the email again",
    "Redis alone is asked, which may have lost that claim in a fail-over",
)
REFUSED_AT_ONCE = Switch(
    "if that claim holds, the registration is refused, and not sent",
    "it is sent, so that Redis refuses it",
)
IN_FLIGHT_ASKED = Switch("a claim in flight makes other claims of the email wait", "claims in flight are not asked for")
KEPT_ASKED = Switch(
    "a registration that is kept asks for pending and applied claims of its host", "it is kept without a question"
)


class Story(NamedTuple):
    """The state of this world. `hosts`, `rows` and `asked` are by person; `owners` are those of primary and replica."""

    hosts: tuple[int, int]
    rows: tuple[int, int]
    asked: tuple[int, int]
    primary: int
    replica: int
    fail_overs: int
    crashes: int


def put(values: tuple[int, int], person: int, value: int) -> tuple[int, int]:
    """Return the values with another one for the person."""
    return (value, values[1]) if person == 0 else (values[0], value)


def told(s: Story, person: int, *, asked: int, row: int) -> Story:
    """Return the state after the person was answered, and the row was left in this state."""
    return changed(s, asked=put(s.asked, person, asked), rows=put(s.rows, person, row))


def other_row(s: Story, person: int) -> int:
    """Return the other person's row as the journal of this person's host knows it."""
    return s.rows[1 - person] if s.hosts[0] == s.hosts[1] else NONE


def ran(s: Story, person: int) -> Story:
    """Return the state after the registration's script ran: the first one gets the email."""
    return changed(s, primary=person) if s.primary == NOBODY else s


def is_due(s: Story, person: int) -> bool:
    """Return whether a drain would apply the row: also one in flight whose process has ended."""
    return s.rows[person] in (PENDING, APPLIED) or (s.rows[person] == IN_FLIGHT and s.asked[person] == DIED)


@action("{}", "redis_models.writer.submit")
def begin(s: State, off: Off) -> Steps:
    """Refuse the registration, let the caller try again, or add the row and send it."""
    for person, name in PEOPLE.items():
        if s.asked[person] != NEW:
            continue
        other = other_row(s, person)
        if other == PENDING and PENDING_ASKED not in off:
            yield f"{name} registers: the email is claimed, no", told(s, person, asked=NO, row=NONE)
        elif other == APPLIED and APPLIED_ASKED not in off:
            yield applied_first(s, person, off)
        elif other != IN_FLIGHT or IN_FLIGHT_ASKED in off:
            yield f"{name} registers: journaled as in flight, and sent", told(s, person, asked=RUNNING, row=IN_FLIGHT)


def applied_first(s: Story, person: int, off: Off) -> tuple[str, Story]:
    """Return what happens if the other person's claim is applied again first: it decides, whatever is lost later."""
    again = f"{PEOPLE[person]} registers: {PEOPLE[1 - person]}'s claim is applied again"
    after = ran(s, 1 - person)
    if after.primary == 1 - person and REFUSED_AT_ONCE not in off:
        return f"{again}, and holds: no", told(after, person, asked=NO, row=NONE)
    return f"{again}, then the registration is sent", told(after, person, asked=RUNNING, row=IN_FLIGHT)


@action("{}", "redis_models.gateway.apply")
def run_and_reply(s: State, _off: Off) -> Steps:
    """Run the script and tell the person."""
    for person, name in PEOPLE.items():
        if s.asked[person] == RUNNING:
            if s.primary in (NOBODY, person):
                after = told(ran(s, person), person, asked=STORED, row=APPLIED)
                yield f"Redis gives {name} the email: yes, stored", after
            else:
                yield f"Redis refuses {name} the email: no", told(s, person, asked=NO, row=NONE)


@action("the registration of {} runs unheard", "redis_models.connection.retry.LoggedRetry.call_with_retry")
def run_unheard(s: State, _off: Off) -> Steps:
    """Run a command that was sent, perhaps late."""
    for person, name in PEOPLE.items():
        if s.asked[person] in (RUNNING, DIED, KEPT, STORED) and s.primary == NOBODY:
            yield name, ran(s, person)


@action("{}", "redis_models.journal.rows.Rows.keep")
def keep(s: State, off: Off) -> Steps:
    """Keep a registration whose reply was lost, or that was not sent because Redis is away."""
    for person, name in PEOPLE.items():
        if s.asked[person] in (NEW, RUNNING):
            other = other_row(s, person) if KEPT_ASKED not in off else NONE
            if other in (PENDING, APPLIED):
                yield f"Redis is away for {name}: the email is claimed, no", told(s, person, asked=NO, row=NONE)
            elif other != IN_FLIGHT or IN_FLIGHT_ASKED in off:
                yield f"Redis is away for {name}: yes, pending", told(s, person, asked=KEPT, row=PENDING)


@action("a drain applies the row of {}", "redis_models.replay.primary_drain.PrimaryDrain.apply")
def drain_applies(s: State, _off: Off) -> Steps:
    """Apply a due row; an acknowledged one whose email is taken becomes a dead letter, which an operator sees."""
    for person, name in PEOPLE.items():
        if is_due(s, person):
            if s.primary in (NOBODY, person):
                yield name, ran(s, person)
            else:
                refused = NONE if s.asked[person] == DIED else DEAD
                yield f"{name}, which is refused", changed(s, rows=put(s.rows, person, refused))


@action("a drain drops the row of {}", "redis_models.journal.queue.Queue.settle")
def drop(s: State, _off: Off) -> Steps:
    """Remove a row whose claim is proven: the replica has it too."""
    for person, name in PEOPLE.items():
        if is_due(s, person) and s.primary == s.replica == person:
            yield name, changed(s, rows=put(s.rows, person, NONE))


@action("the replica copies the primary")
def copy(s: State, _off: Off) -> Steps:
    """Let the replica catch up."""
    if s.replica != s.primary:
        yield "", changed(s, replica=s.primary)


@action("the primary is killed, and the replica that lags is promoted")
def promote(s: State, _off: Off) -> Steps:
    """Lose what the replica does not have."""
    if s.fail_overs < FAIL_OVERS and s.primary != s.replica:
        yield "", changed(s, primary=s.replica, fail_overs=s.fail_overs + 1)


@action("the host of {} is killed, and starts again")
def crash(s: State, _off: Off) -> Steps:
    """End the requests of a host."""
    if s.crashes < CRASHES:
        for host, name in ((s.hosts[0], PEOPLE[0]), (s.hosts[1], PEOPLE[1])):
            asked = tuple(
                DIED if s.asked[each] == RUNNING and s.hosts[each] == host else s.asked[each] for each in PEOPLE
            )
            yield name, changed(s, asked=asked, crashes=s.crashes + 1)


@invariant("an email has one owner among those a host said yes to")
def one_owner(s: State) -> bool:
    """Return whether no host told two people that the email is stored as theirs, or promised it while it knew better.

    It knows better if its journal still has the other person's row.
    """
    if s.hosts[0] != s.hosts[1] or not all(asked in YES for asked in s.asked):
        return True
    return NONE in s.rows or DEAD in s.rows if KEPT in s.asked else False


@invariant("no acknowledged registration is gone from the journal and from the primary")
def nothing_is_lost(s: State) -> bool:
    """Return whether each acknowledged registration is a row, a dead letter, or owns the email."""
    return all(s.asked[person] not in YES or s.rows[person] or s.primary == person for person in PEOPLE)


@invariant("an email that Redis stored for one person is not promised to another in an outage")
def no_promise_in_vain(s: State) -> bool:
    """Return whether no one was told that a registration is pending whose email a host had told to be stored."""
    return not (STORED in s.asked and KEPT in s.asked)


@invariant("an email has one owner among those that two hosts told that it is stored")
def one_stored_owner_anywhere(s: State) -> bool:
    """Return whether even two hosts never told two people that Redis has stored the email as theirs."""
    return not all(asked == STORED for asked in s.asked)


def start(hosts: tuple[int, int]) -> Story:
    """Return the start, with the two people on these hosts."""
    return Story(hosts, (NONE, NONE), (NEW, NEW), NOBODY, NOBODY, 0, 0)


WORLD = World(
    name="claims on an email",
    starts=(start((0, 0)), start((0, 1))),
    actions=(begin, run_and_reply, run_unheard, keep, drain_applies, drop, copy, promote, crash),
    invariants=(one_owner, nothing_is_lost),
    limits=(no_promise_in_vain, one_stored_owner_anywhere),
    bounds={"hosts": 2, "people": 2, "replicas": 1, "fail-overs": FAIL_OVERS, "crashes of a host": CRASHES},
    switches=(PENDING_ASKED, APPLIED_ASKED, REFUSED_AT_ONCE, IN_FLIGHT_ASKED, KEPT_ASKED),
)
