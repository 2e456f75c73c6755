"""How the world "one server" reads a trace: rows, the drain, the proof and the server's identity.

A row's life is that of its write 1. The state of a row is only compared as far as this world knows it: a note of a yes
is one step with the yes here; the world "two workers" has it as a step of its own.
"""

from tests.protocol.model.explore import State, changed
from tests.protocol.model.worlds import one_server as world
from tests.protocol.traces.automaton import (
    Moves,
    Reading,
    becoming,
    doing,
    either,
    first_of,
    one_after_the_other,
    only_if,
    showing,
    staying,
)
from tests.protocol.traces.readings.drains import drain_ended, if_done, is_done

NAME = "write 1"


def row(state: State) -> int:
    """Return the state of the row."""
    return state.rows[0]


def drain_begun(*, has_file: bool) -> Moves:
    """Return the move after which a drain, perhaps of other rows, remembers the server, which has a file or none."""
    return becoming(lambda state: changed(state, has_file=has_file, drain=world.Drain(0, world.APPLYING, True)))


def abandoned(state: State) -> State:
    """Return the state after the request has lost its row to the drain, as if its process had been killed."""
    asked = world.DIED if state.asked[0] == world.RUNNING else state.asked[0]
    is_in_flight = row(state) == world.IN_FLIGHT
    rows = (world.PENDING, state.rows[1]) if is_in_flight else state.rows
    return changed(state, rows=rows, asked=(asked, state.asked[1]))


dropped = showing(
    either(
        doing(world.drop),
        one_after_the_other(doing(world.identity_asked, "does not ask"), doing(world.drop)),
        one_after_the_other(
            *(doing(world.disk_proves, "no proof"), doing(world.replicas_prove)),
            *(doing(world.identity_asked), doing(world.drop)),
        ),
        one_after_the_other(
            *(doing(world.drain_applies, "does not apply"), doing(world.disk_proves, "its disk")),
            *(doing(world.replicas_prove, "all"), doing(world.identity_asked, "the same"), doing(world.drop)),
        ),
    ),
    lambda state: not row(state),
)
"""Only the first is possible with all protections; the others leave steps out."""
begin = doing(world.begin, NAME)
READING = Reading(
    world=world.WORLD,
    starts=(world.start(writes=1, has_file=True), world.start(writes=1, has_file=False)),
    moves={
        "begin": begin,
        "begin without waiting": begin,
        "sent without a row": doing(world.bypass),
        "replied": first_of(doing(world.run_and_reply, NAME), doing(world.run_unheard, NAME), staying),
        "kept": first_of(doing(world.keep, NAME), one_after_the_other(begin, doing(world.keep, NAME)), staying),
        "removed by its request": only_if(lambda state: not row(state), staying),
        "drain on a file": drain_begun(has_file=True),
        "drain on no file": drain_begun(has_file=False),
        "abandoned": becoming(abandoned),
        "applied by the drain": showing(doing(world.drain_applies, "applies"), is_done),
        "disk proved": if_done(doing(world.disk_proves, "its disk has")),
        "disk not proved": if_done(doing(world.disk_proves, "asks for no proof")),
        "all replicas proved": if_done(doing(world.replicas_prove, "all replicas")),
        "not all replicas proved": if_done(doing(world.replicas_prove, "one replica")),
        "identity the same": if_done(doing(world.identity_asked, "the same")),
        "identity another": if_done(
            first_of(doing(world.identity_asked, "another"), doing(world.identity_asked, "does not ask"))
        ),
        "dropped": dropped,
        "left": first_of(doing(world.drain_gives_up), staying),
        "drain ended": becoming(drain_ended),
    },
    hidden=(world.copy, world.sync, world.run_unheard),
    windows={"kill!": (world.kill,), "fail-over!": (world.promote,), "death": (world.crash,)},
    counted=lambda state: state.faults,
    uncounted=lambda state: changed(state, faults=0),
)
