"""The worlds, and what exploring them gives, as the rows of the tables in docs/protocol.md."""

from functools import cache

from tests.protocol.model.explore import Explored, Invariant, Switch, World, explore, explore_limit, explore_without
from tests.protocol.model.worlds import (
    announcements,
    claims,
    erasing,
    first_start,
    lost_mark,
    moving_slot,
    one_server,
    releases,
    steps,
    two_primaries,
    workers,
)

MODULES = (
    *(
        one_server,
        two_primaries,
        moving_slot,
        steps,
        claims,
        releases,
        lost_mark,
        first_start,
        erasing,
        announcements,
        workers,
    ),
)
WORLDS: tuple[World, ...] = tuple(module.WORLD for module in MODULES)
SWITCHES: tuple[tuple[World, Switch], ...] = tuple((world, switch) for world in WORLDS for switch in world.switches)
LIMITS: tuple[tuple[World, Invariant], ...] = tuple((world, limit) for world in WORLDS for limit in world.limits)
NOT_BUILT = "(not built yet) "

whole = cache(explore)
without = cache(explore_without)
limited = cache(explore_limit)


def bounds_of(world: World) -> str:
    """Return the world's bounds in words."""
    return ", ".join(f"{name} {number}" for name, number in world.bounds.items())


def world_row(world: World) -> str:
    """Return the row of the world: its bounds, its number of states, and what holds in all of them."""
    promises = "; ".join(each.words for each in world.invariants)
    states = f"{whole(world).states:,}".replace(",", " ")
    return f"| {world.name} | {bounds_of(world)} | {states} | {promises} |"


def switch_row(world: World, switch: Switch) -> str:
    """Return the row of the switch: the protection, what happens instead, and the shortest trace."""
    built = "" if switch.is_built else NOT_BUILT
    return f"| {world.name} | {built}{switch.protection} | {switch.instead} | {story(without(world, switch))} |"


def limit_row(world: World, limit: Invariant) -> str:
    """Return the row of a promise that is not kept, with the shortest trace."""
    return f"| {world.name} | {limit.words} | {story(limited(world, limit))} |"


def story(explored: Explored) -> str:
    """Return the trace in one line."""
    return "; ".join(explored.trace)


def tables() -> dict[str, list[str]]:
    """Return the rows of the page's tables, by the heading of the table's first columns."""
    return {
        "| world | bounds | states |": [world_row(world) for world in WORLDS],
        "| world | protection |": [switch_row(*each) for each in SWITCHES],
        "| world | not promised |": [limit_row(*each) for each in LIMITS],
    }


def updated(page: str) -> str:
    """Return the page with the rows of its tables as exploring gives them."""
    for heading, rows in tables().items():
        before, found, rest = page.partition(heading)
        columns, _, rest = rest.partition("\n")
        line, _, rest = rest.partition("\n")
        _, _, after = rest.partition("\n\n")
        page = "\n".join((before + found + columns, line, *rows, "", after))
    return page
