"""Two people who register one email: on one host (in any of its processes) or on two, with a lagging replica.

Ann asks once, Ben twice: the second time he asks Ann's host. Either nobody's claim is weaker, or Ann's is: she signed
up, and somebody vouches for Ben. A weaker claim gives way. Requests that Redis answers, requests that are kept because
it is away, and a drain that may come at any moment between. The drain is one step here: it applies a row, and drops it
when the replica has the claim too.
"""

from typing import NamedTuple

from tests.protocol.model.explore import Off, State, Steps, Switch, World, action, changed, invariant

ANN, BEN, BEN_AGAIN = 0, 1, 2
"""The requests; the first two numbers are also those of the people."""
REQUESTS = {ANN: "Ann", BEN: "Ben", BEN_AGAIN: "Ben"}
PAIRS = ((ANN, BEN), (ANN, BEN_AGAIN), (BEN, ANN), (BEN_AGAIN, ANN))
"""Requests of different people, in both orders."""
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
GIVES_WAY = Switch("a weaker claim gives way, in journal and Redis", "whoever comes first keeps the email")
STAYS_AWAY = Switch(
    "a weaker claim that is applied again does not take the email back", "its row takes the email, as it was first"
)
BEATEN_ASKED = Switch(
    "if that claim is refused, because Redis has given the email to somebody else since, the registration is refused",
    "it is sent, as if the claim had been given up",
)
DEAD_ASKED = Switch(
    "a registration asks for dead letters of its host whose claim may have been called stored",
    "a dead letter is in nobody's way",
)
KEPT_ASKED = Switch(
    "a registration that is kept asks for pending and applied claims of its host", "it is kept without a question"
)


class Story(NamedTuple):
    """The state of this world. `hosts`, `rows` and `asked` are by request; `primary` and `replica` hold the owners.

    `is_weaker`: Ann's claim has no origin, and Ben's has one.
    """

    hosts: tuple[int, ...]
    is_weaker: bool
    rows: tuple[int, ...]
    asked: tuple[int, ...]
    primary: int
    replica: int
    fail_overs: int
    crashes: int


def person(request: int) -> int:
    """Return whose request it is."""
    return min(request, BEN)


def put(values: tuple[int, ...], request: int, value: int) -> tuple[int, ...]:
    """Return the values with another one for the request."""
    return (*values[:request], value, *values[request + 1 :])


def told(s: Story, request: int, *, asked: int, row: int) -> Story:
    """Return the state after the person was answered, and the row was left in this state."""
    return changed(s, asked=put(s.asked, request, asked), rows=put(s.rows, request, row))


def is_stronger(s: Story, request: int, off: Off) -> bool:
    """Return whether the other person's claim gives way to this one."""
    return s.is_weaker and person(request) == BEN and GIVES_WAY not in off


def in_the_way(s: Story, request: int, off: Off) -> dict[int, int]:
    """Return the rows of the other person that this request's host knows of, by request, if they are in the way."""
    others = [other for one, other in PAIRS if one == request and s.hosts[other] == s.hosts[request]]
    return {} if is_stronger(s, request, off) else {other: s.rows[other] for other in others}


def is_promised(s: Story, request: int, off: Off) -> bool:
    """Return whether a dead letter of this host may have been called stored: it was not kept as pending."""
    found = in_the_way(s, request, off).items()
    return DEAD_ASKED not in off and any(row == DEAD and s.asked[other] != KEPT for other, row in found)


def may_have(s: Story, request: int, off: Off) -> bool:
    """Return whether the script gives the email to the person."""
    return s.primary in (NOBODY, person(request)) or is_stronger(s, request, off)


def ran(s: Story, request: int, off: Off) -> Story:
    """Return the state after the registration's script ran: the first one gets the email, or the stronger one."""
    return changed(s, primary=person(request)) if may_have(s, request, off) else s


def gave_way(s: Story, request: int) -> bool:
    """Return whether the person has lost the email to a stronger claim."""
    return s.is_weaker and request == ANN and s.primary == BEN


def is_due(s: Story, request: int) -> bool:
    """Return whether a drain would apply the row: also one in flight whose process has ended."""
    return s.rows[request] in (PENDING, APPLIED) or (s.rows[request] == IN_FLIGHT and s.asked[request] != RUNNING)


@action("{}", "redis_models.writer.submit")
def begin(s: State, off: Off) -> Steps:
    """Refuse the registration, let the caller try again, or add the row and send it."""
    for request, name in REQUESTS.items():
        if s.asked[request] != NEW:
            continue
        rows = in_the_way(s, request, off)
        if is_promised(s, request, off) or (PENDING in rows.values() and PENDING_ASKED not in off):
            yield f"{name} registers: the email is claimed, no", told(s, request, asked=NO, row=NONE)
        elif IN_FLIGHT in rows.values() and IN_FLIGHT_ASKED not in off:
            continue
        elif APPLIED in rows.values() and APPLIED_ASKED not in off:
            yield applied_first(s, request, off)
        else:
            yield f"{name} registers: journaled as in flight, and sent", told(s, request, asked=RUNNING, row=IN_FLIGHT)


def applied_first(s: Story, request: int, off: Off) -> tuple[str, Story]:
    """Return what happens if the other person's claim is applied again first: it decides, whatever is lost later."""
    other = next(other for other, row in in_the_way(s, request, off).items() if row == APPLIED)
    again = f"{REQUESTS[request]} registers: {REQUESTS[other]}'s claim is applied again"
    after = ran(s, other, off)
    if after.primary == person(other) and REFUSED_AT_ONCE not in off:
        return f"{again}, and holds: no", told(after, request, asked=NO, row=NONE)
    if after.primary != person(other) and BEATEN_ASKED not in off:
        return f"{again}, and is refused: no", told(after, request, asked=NO, row=NONE)
    return f"{again}, then the registration is sent", told(after, request, asked=RUNNING, row=IN_FLIGHT)


@action("{}", "redis_models.gateway.apply")
def run_and_reply(s: State, off: Off) -> Steps:
    """Run the script and tell the person."""
    for request, name in REQUESTS.items():
        if s.asked[request] == RUNNING:
            if may_have(s, request, off):
                after = told(ran(s, request, off), request, asked=STORED, row=APPLIED)
                yield f"Redis gives {name} the email: yes, stored", after
            else:
                yield f"Redis refuses {name} the email: no", told(s, request, asked=NO, row=NONE)


@action("the registration of {} runs unheard", "redis_models.connection.retry.LoggedRetry.call_with_retry")
def run_unheard(s: State, off: Off) -> Steps:
    """Run a command that was sent, perhaps late."""
    for request, name in REQUESTS.items():
        was_sent = s.asked[request] in (RUNNING, DIED, KEPT, STORED)
        if was_sent and s.primary != person(request) and may_have(s, request, off):
            yield name, ran(s, request, off)


@action("{}", "redis_models.journal.rows.Rows.keep")
def keep(s: State, off: Off) -> Steps:
    """Keep a registration whose reply was lost, or that was not sent because Redis is away."""
    for request, name in REQUESTS.items():
        if s.asked[request] in (NEW, RUNNING):
            rows = in_the_way(s, request, off).values() if KEPT_ASKED not in off else ()
            if PENDING in rows or APPLIED in rows or is_promised(s, request, off):
                yield f"Redis is away for {name}: the email is claimed, no", told(s, request, asked=NO, row=NONE)
            elif IN_FLIGHT not in rows or IN_FLIGHT_ASKED in off:
                yield f"Redis is away for {name}: yes, pending", told(s, request, asked=KEPT, row=PENDING)


@action("a drain applies the row of {}", "redis_models.replay.primary_drain.PrimaryDrain.apply")
def drain_applies(s: State, off: Off) -> Steps:
    """Apply a due row; one whose email is taken becomes a dead letter, which an operator sees.

    A claim that gave way is no dead letter: its row is done, and the person is asked for another email.
    """
    for request, name in REQUESTS.items():
        if is_due(s, request):
            if gave_way(s, request) and STAYS_AWAY in off:
                yield f"{name}, which takes the email back", changed(s, primary=person(request))
            elif gave_way(s, request):
                yield f"{name}, whose claim has given way", s
            elif may_have(s, request, off):
                yield name, ran(s, request, off)
            else:
                yield f"{name}, which is refused", changed(s, rows=put(s.rows, request, DEAD))


@action("a drain drops the row of {}", "redis_models.journal.queue.Queue.settle")
def drop(s: State, _off: Off) -> Steps:
    """Remove a row whose claim is proven, or what it has given way to: the replica has it too."""
    for request, name in REQUESTS.items():
        is_proven = s.primary == s.replica and (s.primary == person(request) or gave_way(s, request))
        if is_due(s, request) and is_proven:
            yield name, changed(s, rows=put(s.rows, request, NONE))


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
    """End the requests of a host, perhaps with the notes of their yeses: these are part of the next transaction."""
    if s.crashes < CRASHES:
        for host, name in ((s.hosts[ANN], "Ann"), (s.hosts[BEN], "Ben")):
            here = [each for each in REQUESTS if s.hosts[each] == host]
            asked = tuple(DIED if each in here and had == RUNNING else had for each, had in enumerate(s.asked))
            after = changed(s, asked=asked, crashes=s.crashes + 1)
            yield name, after
            noted = [each for each in here if (s.asked[each], s.rows[each]) == (STORED, APPLIED)]
            for each in noted:
                yield f"{name}, whose yes was not noted yet,", changed(after, rows=put(after.rows, each, IN_FLIGHT))


@invariant("an email has one owner among those a host said yes to, unless one claim gave way")
def one_owner(s: State) -> bool:
    """Return whether no host told two people that the email is stored as theirs, or promised it while it knew better.

    It knows better if its journal still has the other person's row, or a dead letter of whoever was told `stored`.
    """
    here = [(one, other) for one, other in PAIRS if s.hosts[one] == s.hosts[other] and not s.is_weaker]
    both = [(one, other) for one, other in here if s.asked[one] in YES and s.asked[other] in YES]
    return all(may_both_be_promised(s, one, other) for one, other in both if s.asked[one] == KEPT) and not any(
        s.asked[one] == s.asked[other] == STORED for one, other in both
    )


def may_both_be_promised(s: Story, kept: int, other: int) -> bool:
    """Return whether a host may promise the email as pending, and also to another person: one of them is settled."""
    is_settled = s.rows[kept] in (NONE, DEAD) or s.rows[other] == NONE
    return is_settled or (s.rows[other] == DEAD and s.asked[other] == KEPT)


@invariant("no acknowledged registration is gone from the journal and from the primary")
def nothing_is_lost(s: State) -> bool:
    """Return whether each acknowledged registration is a row, a dead letter, or owns the email, or has given way."""
    return all(
        s.asked[request] not in YES or s.rows[request] or s.primary == person(request) or gave_way(s, request)
        for request in REQUESTS
    )


@invariant("nobody is refused an email because of a weaker claim")
def no_weaker_claim_is_in_the_way(s: State) -> bool:
    """Return whether Ben was not refused, and none of his rows is a dead letter, if Ann's claim is weaker."""
    return not s.is_weaker or all(s.asked[each] != NO and s.rows[each] != DEAD for each in (BEN, BEN_AGAIN))


@invariant("an email that Redis stored for one person is not promised to another in an outage")
def no_promise_in_vain(s: State) -> bool:
    """Return whether no one was told that a registration is pending whose email a host had told to be stored."""
    return s.is_weaker or not any(s.asked[one] == STORED and s.asked[other] == KEPT for one, other in PAIRS)


@invariant("an email has one owner among those that two hosts told that it is stored")
def one_stored_owner_anywhere(s: State) -> bool:
    """Return whether even two hosts never told two people that Redis has stored the email as theirs."""
    return s.is_weaker or not any(s.asked[one] == s.asked[other] == STORED for one, other in PAIRS)


@invariant("whoever has an email by a host's yes is not refused it by a host that has told somebody else `stored`")
def owner_is_never_refused(s: State) -> bool:
    """Return whether Ben was not refused by Ann's host, or does not have the email, or she was not told `stored`."""
    is_refused = s.asked[BEN] in YES and s.asked[BEN_AGAIN] == NO
    return not (is_refused and s.primary == BEN and s.rows[ANN] == DEAD and s.asked[ANN] == STORED)


def start(hosts: tuple[int, int], *, is_weaker: bool = False) -> Story:
    """Return the start, with the two people on these hosts. Ben's second request goes to Ann's."""
    return Story((*hosts, hosts[ANN]), is_weaker, (NONE,) * 3, (NEW,) * 3, NOBODY, NOBODY, 0, 0)


WORLD = World(
    name="claims on an email",
    starts=(
        *(start((0, 0)), start((0, 1))),
        *(start((0, 0), is_weaker=True), start((0, 1), is_weaker=True)),
    ),
    actions=(begin, run_and_reply, run_unheard, keep, drain_applies, drop, copy, promote, crash),
    invariants=(one_owner, nothing_is_lost, no_weaker_claim_is_in_the_way),
    limits=(no_promise_in_vain, one_stored_owner_anywhere, owner_is_never_refused),
    bounds={
        "hosts": 2,
        "people": 2,
        "requests": 3,
        "replicas": 1,
        "fail-overs": FAIL_OVERS,
        "crashes of a host": CRASHES,
    },
    switches=(
        *(PENDING_ASKED, APPLIED_ASKED, REFUSED_AT_ONCE, BEATEN_ASKED, DEAD_ASKED, IN_FLIGHT_ASKED, KEPT_ASKED),
        *(GIVES_WAY, STAYS_AWAY),
    ),
)
