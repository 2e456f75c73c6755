"""A world of the model as an automaton that reads words: what a trace says of one row, one label after the other.

A world says what may happen; a trace says what did, without what servers and networks do between its lines. So a node
is a set of states: all those in which the world may be after what was read. Between two labels, hidden actions happen
any number of times. A word is legal if its node is never empty. Nodes are computed when a word first needs them, so
thousands of rows that have the same story cost as much as one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.protocol.model.explore import ALL_ON, Action, Off, State, Switch, World

Moves = Callable[[State, Off], Iterable[State]]
"""Returns the states in which a state may be after a label."""
BEGINS, IS_OVER = " begins", " is over"
SURELY = "!"
"""Ends the name of a window in which at least one of its actions happens."""


class Label(NamedTuple):
    """What a line says of a row. `is_certain` is false if its process was killed before it could say that it is so."""

    name: str
    is_certain: bool = True


class Place(NamedTuple):
    """A node, and the windows that are open. The node of an illegal word is empty."""

    node: frozenset[State]
    windows: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False, slots=True)
class Reading:
    """How a world reads labels; a label that it does not know says nothing of it.

    `moves` has what each label does. `hidden` are the actions that leave no line. `windows` are actions that leave no
    line either, but happen only between the labels `NAME begins` and `NAME is over`. `counted` returns how many faults
    a state has had, and `uncounted` the state without them: a run may have more faults than the world's bounds.
    """

    world: World
    starts: tuple[State, ...]
    moves: Mapping[str, Moves]
    hidden: tuple[Action, ...]
    windows: Mapping[str, tuple[Action, ...]]
    counted: Callable[[State], int]
    uncounted: Callable[[State], State]


class Automaton:
    """Reads words for one reading, with all protections or without some."""

    def __init__(self, reading: Reading, off: Off = ALL_ON) -> None:
        self._reading = reading
        self._off = off
        self._known: dict[tuple[Place, Label], Place] = {}
        self.start = self._closed(reading.starts, frozenset())

    def read(self, place: Place, label: Label) -> Place:
        """Return the place after the label."""
        if (place, label) not in self._known:
            self._known[place, label] = self._after(place, label)
        return self._known[place, label]

    def accepts(self, word: Iterable[Label]) -> bool:
        """Return whether the whole word is legal."""
        place = self.start
        for label in word:
            place = self.read(place, label)
        return bool(place.node)

    def _after(self, place: Place, label: Label) -> Place:
        reading, (node, windows) = self._reading, place
        if (name := label.name.removesuffix(BEGINS)) in reading.windows:
            return self._closed(map(reading.uncounted, node), windows | {name})
        if (name := label.name.removesuffix(IS_OVER)) in reading.windows:
            happened = (state for state in node if reading.counted(state) or not name.endswith(SURELY))
            return self._closed(map(reading.uncounted, happened), windows - {name})
        if label.name not in reading.moves:
            return place
        moved = frozenset(after for state in node for after in reading.moves[label.name](state, self._off))
        return self._closed(moved if label.is_certain else moved | node, windows)

    def _closed(self, node: Iterable[State], windows: frozenset[str]) -> Place:
        """Return the place with all states that the hidden actions, and those of the open windows, lead to."""
        reading = self._reading
        actions = (*reading.hidden, *(act for name in windows for act in reading.windows[name]))
        found = set(node)
        waiting = list(found)
        while waiting:
            state = waiting.pop()
            for act in actions:
                new = {after for _, after in act.steps(state, self._off)} - found
                found |= new
                waiting += new
        return Place(frozenset(found), windows)


def which_switch(reading: Reading, word: Sequence[Label]) -> Switch | None:
    """Return the protection without which the word would be legal, so that its last label breaks this one."""
    return next((each for each in reading.world.switches if Automaton(reading, frozenset((each,))).accepts(word)), None)


def doing(act: Action, words: str = "") -> Moves:
    """Return the moves of an action whose subject contains the words."""
    return lambda state, off: [after for subject, after in act.steps(state, off) if words in subject]


def either(*moves: Moves) -> Moves:
    """Return all moves of any of these."""
    return lambda state, off: [after for each in moves for after in each(state, off)]


def first_of(*moves: Moves) -> Moves:
    """Return the moves of the first of these that is possible."""
    return lambda state, off: next((found for each in moves if (found := list(each(state, off)))), [])


def one_after_the_other(*moves: Moves) -> Moves:
    """Return what these do in turn, without anything hidden between them."""

    def all_of(state: State, off: Off) -> Iterable[State]:
        found = [state]
        for each in moves:
            found = [after for before in found for after in each(before, off)]
        return found

    return all_of


def only_if(test: Callable[[State], bool], moves: Moves) -> Moves:
    """Return the moves of the states that pass the test; none of the others."""
    return lambda state, off: moves(state, off) if test(state) else []


def showing(moves: Moves, test: Callable[[State], bool]) -> Moves:
    """Return the moves that lead to a state which passes the test."""
    return lambda state, off: [after for after in moves(state, off) if test(after)]


def becoming(change: Callable[[State], State]) -> Moves:
    """Return the move that is not an action of the world: an operator's, or what another world has the rule for."""
    return lambda state, _: [change(state)]


def staying(state: State, _off: Off) -> Iterable[State]:
    """Return the state itself."""
    return [state]
