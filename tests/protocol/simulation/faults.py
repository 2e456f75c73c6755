"""The faults of a life: each begins at a moment, and most of them end at another one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from random import Random
from typing import Any

from tests.protocol.simulation.world.server import Server

Undo = Callable[[], object]
SOON_S = (0.05, 1.0)
"""When a promoted replica is killed; before the end of the fault, which starts both servers again."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault. `begin` lets it begin in a world and returns what ends it; None if it cannot happen now.

    `lasts_s` is how long it lasts, at least and most.
    """

    name: str
    begin: Callable[[Any, Random], Undo | None]
    needs_replicas: bool = False
    lasts_s: tuple[float, float] = (0.2, 3.0)


def outage(world: Any, _: Random) -> Undo:
    """Cut the hosts off from the servers."""
    world.network.is_away = True
    world.network.close_all_to(world.deployment.primary)
    return lambda: setattr(world.network, "is_away", False)


def bad_network(world: Any, dice: Random) -> Undo:
    """Lose and delay commands and replies."""
    world.network.badness = dice.choice((0.1, 0.3, 0.6))
    return lambda: setattr(world.network, "badness", 0.0)


def hang(world: Any, _: Random) -> Undo:
    """Stop the primary (SIGSTOP); it goes on with what it has received."""
    primary = world.deployment.primary
    primary.is_hung = True
    return lambda: world.network.wake(primary)


def restart(world: Any, _: Random) -> Undo | None:
    """Kill the primary; it restarts with what its disk has."""
    primary = world.deployment.primary
    if not primary.is_up:
        return None
    world.deployment.kill(primary)
    return lambda: None if primary.is_up else world.deployment.restart(primary)


def _candidate(world: Any, dice: Random) -> Server | None:
    here = world.deployment
    live = [each for each in here.servers if each.is_up and not each.is_primary]
    return dice.choice(live) if live else None


def fail_over(world: Any, dice: Random) -> Undo | None:
    """Kill the primary, and promote a replica; the old primary comes back as its replica."""
    here, old, new = world.deployment, world.deployment.primary, _candidate(world, dice)
    if new is None:
        return None
    if old.is_up:
        here.kill(old)
    here.promote(new)
    return lambda: None if old.is_up else here.restart(old)


def fail_over_twice(world: Any, dice: Random) -> Undo | None:
    """Kill the primary and promote a replica; soon that is killed as well, and restarts with what its disk has."""
    undone = [fail_over(world, dice)]
    if undone[0] is None:
        return None
    soon = world.baton.now + dice.uniform(*SOON_S)
    world.baton.at(soon, lambda: undone.append(restart(world, dice)))
    return lambda: [undo() for undo in undone if undo is not None]


def split(world: Any, dice: Random) -> Undo | None:
    """Promote a replica while the old primary still serves the connections that it has."""
    here, old, new = world.deployment, world.deployment.primary, _candidate(world, dice)
    if new is None or not old.is_up:
        return None
    here.promote(new)
    return lambda: here.follow(old) if old.is_up and old.is_primary and here.primary is not old else None


def cut(world: Any, dice: Random) -> Undo | None:
    """Cut a replica off from its primary."""
    here, replica = world.deployment, _candidate(world, dice)
    if replica is None:
        return None
    here.cut.add(replica.name)

    def end() -> None:
        if replica.name in here.cut:
            here.cut.discard(replica.name)
            if replica.is_up and here.primary.is_up:
                here.follow(replica)

    return end


def stand_still(world: Any, dice: Random) -> Undo:
    """Let a server's disk, and its copying, stand still."""
    here, server = world.deployment, dice.choice(world.deployment.servers)
    here.lazy.add(server.name)
    return lambda: here.lazy.discard(server.name)


def freeze(world: Any, dice: Random) -> Undo | None:
    """Stop a process (SIGSTOP)."""
    if not world.processes:
        return None
    process = dice.choice(world.processes)
    process.frozen_until = inf
    return lambda: setattr(process, "frozen_until", 0.0)


def kill_process(world: Any, dice: Random) -> Undo | None:
    """Kill a process after so many switches."""
    processes = [each for each in world.processes if each.fuse is None]
    if not processes:
        return None
    process = dice.choice(processes)
    process.fuse = dice.randint(1, 120)
    return lambda: setattr(process, "fuse", None)


FAULTS = (
    Fault("the servers are away", outage),
    Fault("the network is bad", bad_network),
    Fault("the primary hangs", hang),
    Fault("the primary is killed, and restarts with its disk", restart),
    Fault("the primary is killed, and a replica is promoted", fail_over, needs_replicas=True),
    Fault(
        "the primary is killed, and so is the promoted replica",
        fail_over_twice,
        needs_replicas=True,
        lasts_s=(1.5, 3.0),
    ),
    Fault("a replica is promoted beside the primary", split, needs_replicas=True),
    Fault("a replica is cut off", cut, needs_replicas=True),
    Fault("a server's disk stands still", stand_still),
    Fault("a process is frozen", freeze, lasts_s=(0.5, 9.0)),
    Fault("a process will be killed", kill_process),
)
CUTS = (split, cut)


def may_cut(found: Sequence[Fault]) -> bool:
    """Return whether a replica may be cut off."""
    return any(each.begin in CUTS for each in found)


def chosen(dice: Random, *, replicas: int) -> list[Fault]:
    """Return the faults of a life."""
    possible = [each for each in FAULTS if replicas or not each.needs_replicas]
    return [dice.choice(possible) for _ in range(dice.randint(1, 5))]
