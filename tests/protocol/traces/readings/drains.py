"""What the readings of worlds with a drain share: whether it has applied the row, and its end."""

from tests.protocol.model.explore import State, changed
from tests.protocol.traces.automaton import Moves, first_of, only_if, staying


def is_done(state: State) -> bool:
    """Return whether the drain has applied the row."""
    return state.drain is not None and bool(state.drain.done)


def if_done(moves: Moves) -> Moves:
    """Return the moves for rows that the drain has applied; what it does with others does not concern this row."""
    return first_of(only_if(lambda state: not is_done(state), staying), moves)


def drain_ended(state: State) -> State:
    """Return the state without a drain."""
    return changed(state, drain=None)
