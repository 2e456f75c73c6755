"""The explorer: visits every reachable state of a world, breadth first, and finds the shortest way to a broken promise.

A state is an immutable, hashable value (a NamedTuple). An action is a generator: it yields every way in which it can
happen now. A world is complete in itself: its starts, actions, invariants, bounds and switches.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Changed = TypeVar("Changed", bound=tuple[Any, ...])
State = Any
"""A NamedTuple of the world's own."""


@dataclass(frozen=True, eq=False, slots=True)
class Switch:
    """A protection that can be switched off, and what happens instead. `is_built` if the program has it."""

    protection: str
    instead: str
    is_built: bool = True


Off = frozenset[Switch]
"""The protections that are switched off."""
ALL_ON: Off = frozenset()
Steps = Iterator[tuple[str, State]]
"""The ways in which an action can happen: the subject that completes its name, and the state afterwards."""


@dataclass(frozen=True, eq=False, slots=True)
class Action:
    """A step of the protocol, a fault, or something that the environment does.

    `name` may contain {}, which the subject replaces. `performs` is the dotted name of the function that performs the
    step in the program; empty for faults and the environment.
    """

    name: str
    performs: str
    steps: Callable[[State, Off], Steps]


@dataclass(frozen=True, eq=False, slots=True)
class Invariant:
    """A promise that every reachable state must keep, in words, and the test of a state."""

    words: str
    holds: Callable[[State], bool]


@dataclass(frozen=True, eq=False, slots=True)
class World:
    """A small system that is explored completely.

    `bounds` are the numbers that keep it finite, by name. `limits` are promises that it is known not to keep: each
    must be broken, or the documentation is out of date. `starts_of_switches` are smaller starts for exploring without
    a protection, and `starts_of_limits` are the starts for exploring a limit, if they are others. `normal` maps states
    that differ only by a symmetry to one of them. More than `states_at_most` states are an error.
    """

    name: str
    starts: tuple[State, ...]
    actions: tuple[Action, ...]
    invariants: tuple[Invariant, ...]
    bounds: Mapping[str, int]
    switches: tuple[Switch, ...] = ()
    limits: tuple[Invariant, ...] = ()
    starts_of_switches: tuple[State, ...] = ()
    starts_of_limits: tuple[State, ...] = ()
    normal: Callable[[State], State] | None = None
    states_at_most: int = 400_000


@dataclass(frozen=True, slots=True)
class Explored:
    """The result: the number of states visited, and the actions that happened.

    `broken` is the promise that a state broke, and `trace` the shortest way to such a state; both are empty otherwise.
    """

    states: int
    happened: frozenset[Action]
    broken: str = ""
    trace: tuple[str, ...] = ()


Origins = dict[State, tuple[State, Action, str] | None]
"""How each state was first reached: the state before, the action and its subject; None for a start."""


class StateLimitReachedError(Exception):
    """The world has more states than it may have, so it was not explored completely."""


def action(name: str, performs: str = "") -> Callable[[Callable[[State, Off], Steps]], Action]:
    """Make an action of a generator function."""
    return lambda steps: Action(name, performs, steps)


def invariant(words: str) -> Callable[[Callable[[State], bool]], Invariant]:
    """Make an invariant of a function that returns whether a state keeps the promise."""
    return lambda holds: Invariant(words, holds)


def changed(state: Changed, **changes: object) -> Changed:
    """Return the state, or a part of one, with other values for some of its fields."""
    kind: Any = type(state)
    made: Changed = tuple.__new__(kind, map(changes.pop, kind.__match_args__, state))
    return made


def explore(world: World) -> Explored:
    """Explore the world with all protections; raises StateLimitReachedError."""
    return _explored(world, ALL_ON, world.starts, world.invariants)


def explore_without(world: World, switch: Switch) -> Explored:
    """Explore the world without a protection; raises StateLimitReachedError."""
    return _explored(world, frozenset((switch,)), world.starts_of_switches or world.starts, world.invariants)


def explore_limit(world: World, limit: Invariant) -> Explored:
    """Explore the world with all protections, up to a state that breaks the limit; raises StateLimitReachedError."""
    starts = world.starts_of_limits or world.starts_of_switches or world.starts
    return _explored(world, ALL_ON, starts, (limit,))


def _explored(world: World, off: Off, starts: Sequence[State], promises: Sequence[Invariant]) -> Explored:
    origins: Origins = dict.fromkeys(starts)
    queue = deque(starts)
    happened: set[Action] = set()
    while queue:
        state = queue.popleft()
        for promise in promises:
            if not promise.holds(state):
                return Explored(len(origins), frozenset(happened), promise.words, _trace(origins, state))
        for act, subject, after in _next(world, state, off):
            happened.add(act)
            if after not in origins:
                origins[after] = (state, act, subject)
                queue.append(after)
        if len(origins) > world.states_at_most:
            raise StateLimitReachedError(f"{world.name}: more than {world.states_at_most} states")
    return Explored(len(origins), frozenset(happened))


def _next(world: World, state: State, off: Off) -> Iterator[tuple[Action, str, State]]:
    normal = world.normal
    for act in world.actions:
        for subject, after in act.steps(state, off):
            yield act, subject, after if normal is None else normal(after)


def _trace(origins: Origins, state: State) -> tuple[str, ...]:
    steps: list[str] = []
    while origin := origins[state]:
        state, act, subject = origin
        steps.append(act.name.format(subject))
    return tuple(reversed(steps))
