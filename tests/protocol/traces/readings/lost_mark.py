"""How the world "a lost mark" reads a trace: a row of a host whose mark is proven, and what becomes of the mark.

The row and its host are those of host 1. What another host does to the mark is read when it says so; an adoption that
gives the database a new id, and another database by mistake, end the reading.
"""

from tests.protocol.model.explore import ALL_ON, Off, State, changed
from tests.protocol.model.worlds import lost_mark as world
from tests.protocol.traces.automaton import (
    Moves,
    Reading,
    becoming,
    doing,
    first_of,
    one_after_the_other,
    only_if,
    showing,
    staying,
)

OWN, NAME = 0, world.NAMES[0]
CODES = {"pending": world.PENDING, "applied": world.APPLIED}


def with_own(**changes: int) -> Moves:
    """Return the move that only changes this host."""
    return becoming(lambda state: world.with_host(state, OWN, **changes))


def stage(state: State) -> int:
    """Return the stage of this host's drain."""
    return state.hosts[OWN].stage


def begun(state: State) -> State:
    """Return the state after a drain of other rows of this host has begun."""
    return world.with_host(state, OWN, stage=world.BEGUN, drain_epoch=world.mark_now(state))


def has_row(code: int) -> Moves:
    """Return the test that the row has this state."""
    return showing(staying, lambda state: state.hosts[OWN].row == code)


def marked(state: State, off: Off) -> list[State]:
    """Return what a mark that a host is about to write may do: nothing, or be written where none is."""
    return [state, world.marked(state, state.hosts[OWN].id, off or ALL_ON)]


def not_compared(state: State, off: Off) -> list[State]:
    """Return the state itself if drains need not compare the mark again."""
    return [state] if world.COMPARED_AGAIN in off else []


def of_new_epoch(state: State, off: Off) -> list[State]:
    """Note a mark that was found, or that an operator had written; it has another epoch than the one noted before."""
    found = first_of(doing(world.probe, f"{NAME} probes: the mark"), doing(world.adopt, NAME))(state, off)
    return [after for after in found if after.hosts[OWN].epoch != state.hosts[OWN].epoch]


drops = doing(world.drop, NAME)
compares = first_of(doing(world.drain_compares, "the same"), doing(world.drain_compares, "does not read"))
answered = first_of(doing(world.write, f"{NAME} applies"), with_own(row=world.APPLIED, is_told=1))
kept = first_of(doing(world.write, f"{NAME} keeps"), with_own(row=world.PENDING, is_told=1))
READING = Reading(
    world=world.WORLD,
    starts=world.WORLD.starts,
    moves={
        "replied": answered,
        "noted": with_own(row=world.APPLIED),
        "noted durably": with_own(row=world.APPLIED),
        "kept": kept,
        "abandoned": first_of(only_if(lambda state: bool(state.hosts[OWN].row), staying), kept),
        "now pending": with_own(row=world.PENDING),
        "drain on the known mark": only_if(
            lambda state: state.epoch != world.NO_MARK, first_of(doing(world.drain_begins, NAME), becoming(begun))
        ),
        "applied by the drain": first_of(doing(world.drain_applies, NAME), staying),
        "mark the same": first_of(only_if(lambda state: stage(state) != world.DONE, staying), compares),
        "mark another": with_own(stage=world.IDLE),
        "dropped": first_of(drops, one_after_the_other(not_compared, doing(world.drain_compares), drops)),
        "left": with_own(stage=world.IDLE, row=world.APPLIED),
        "drain ended": with_own(stage=world.IDLE, drain_epoch=0),
        "mark is lost": doing(world.probe, f"{NAME} probes: no mark"),
        "a host marks": marked,
        "new mark noted": of_new_epoch,
        **{f"shown {name}": has_row(code) for name, code in CODES.items()},
    },
    hidden=(),
    windows={"flush!": (world.flush,)},
    counted=lambda state: state.flushes or state.epoch == world.NO_MARK,
    uncounted=lambda state: changed(state, flushes=0),
)
