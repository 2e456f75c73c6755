"""How the world "two workers" reads a trace: the states of a row, and who may change them.

A write that may wait is read as its registration, another one as its write that may not wait. After every change of a
row, its state in the model has to be its state in the journal.
"""

from tests.protocol.model.explore import State, changed
from tests.protocol.model.worlds import workers as world
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

CODES = {
    "": world.NONE,
    "in flight": world.IN_FLIGHT,
    "pending": world.PENDING,
    "applied": world.APPLIED,
    "set aside": world.DEAD_LETTER,
}


def index(state: State) -> int:
    """Return which of the world's two writes the row is."""
    return world.WAITS if state.asked[world.WAITS] != world.NEW else world.MUST


def row(state: State) -> int:
    """Return the state of the row."""
    return state.rows[index(state)]


def is_(name: str) -> Moves:
    """Return the test that the row has this state."""
    return showing(staying, lambda state: row(state) == CODES[name])


def becomes(name: str, moves: Moves) -> Moves:
    """Return the moves after which the row has this state."""
    return showing(moves, lambda state: row(state) == CODES[name])


def in_state(name: str) -> Moves:
    """Return the move of an operator, or of a rule of another world, that gives the row this state."""
    return becoming(lambda state: changed(state, rows=world.put(state.rows, index(state), CODES[name])))


def was_read(name: str) -> Moves:
    """Return the test that the drain has read the row in this state."""
    return showing(staying, lambda state: state.drain is not None and state.drain.read[index(state)] == CODES[name])


def is_must(state: State) -> bool:
    """Return whether the write may not wait; in this world, none of these is refused."""
    return index(state) == world.MUST


dead_letter = in_state("set aside")
begins = doing(world.begin, world.NAMES[world.WAITS])
keeps = doing(world.no_reply, "kept as pending")
READING = Reading(
    world=world.WORLD,
    starts=world.WORLD.starts,
    moves={
        "begin": becomes("in flight", begins),
        "begin without waiting": becomes("in flight", doing(world.begin, world.NAMES[world.MUST])),
        "replied": first_of(doing(world.run_and_reply, "its reply arrives"), staying),
        "refused": first_of(doing(world.run_and_reply, "is refused"), staying),
        "kept": becomes("pending", first_of(keeps, one_after_the_other(begins, keeps))),
        "noted": becomes(
            "applied",
            either(
                doing(world.note_later, "follows"),
                one_after_the_other(doing(world.note_first, "the note is lost"), in_state("applied")),
            ),
        ),
        "noted durably": becomes("applied", doing(world.note_first, "notes the write")),
        "answered yes": either(
            only_if(lambda state: state.asked[index(state)] == world.YES, staying),
            only_if(lambda state: state.asked[world.WAITS] == world.REPLIED, staying),
            only_if(lambda state: row(state) == world.IN_FLIGHT, doing(world.note_first, "the note is lost")),
            doing(world.note_first, "finds no row to note, and answers yes"),
        ),
        "dropped by its request": becomes("", either(doing(world.drop_later, "follows"), doing(world.no_reply, "503"))),
        "deadline passed": first_of(doing(world.expire), staying),
        **{f"read as {name}": was_read(name) for name in CODES if name},
        "not read": becoming(drain_ended),
        "dropped as void": becomes("", doing(world.drain_drops_void)),
        "applied by the drain": showing(
            either(doing(world.drain_applies, world.NAMES[0]), doing(world.drain_applies, world.NAMES[1])),
            lambda state: is_done(state) and not state.drain.refused,
        ),
        "refused by the drain": first_of(doing(world.drain_applies, "which is refused"), only_if(is_must, staying)),
        "identity the same": if_done(doing(world.proves)),
        "made a dead letter": becomes("set aside", first_of(doing(world.set_aside), only_if(is_must, dead_letter))),
        "dropped": becomes("", doing(world.settle, "drops")),
        "left": becomes("applied", doing(world.settle, "keeps")),
        "drain ended": becoming(drain_ended),
        **{f"now {name or 'gone'}": in_state(name) for name in CODES},
    },
    hidden=(world.sync, world.take, world.run_unheard),
    windows={
        "kill!": (world.kill,),
        "fail-over!": (world.kill,),
        "death": (world.die, world.crash),
        "reading": (world.drain_begins,),
    },
    counted=lambda _: 1,
    uncounted=lambda state: changed(state, kills=0, deaths=0),
)
