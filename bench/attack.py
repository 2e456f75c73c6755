"""`make attack`: measure what others notice while somebody attacks the site. ONLY=slow-bodies selects, SECONDS=60 is
how long each attack lasts.

Each attack runs against a new site of two workers, in a process of the lowest priority. The memory of the workers
afterwards is compared with that after as many lawful requests of the same size, against another new site.
"""

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable, Mapping

from rich.console import Console

from bench import report
from bench.environment import quiet

# isort: split
from bench.attacks.table import ATTACKS
from bench.attacks.target import Target
from bench.attacks.victims import Victim
from bench.load import Load
from bench.machine import memory_mb
from bench.report import Table, number
from bench.site import Site, site_on_a_server

HEADING = "Under attack"
SECONDS = 60.0
LAWFUL_S = 20.0
SETTLED_S = 15.0
"""How long after an attack the memory is read: bodies that were begun have ended by then."""
PROMISED_MS = 1000
PROMISED_MORE = 0.2
COLUMNS = ("answers to", "requests", "median, ms", "p99, ms", "slowest, ms", "not 200", "p99 below 1 s")
Run = Callable[[Target], int]


def _lowest_priority(run: Run, target: Target, counted: "multiprocessing.Queue[int]") -> None:
    os.nice(19)
    counted.put(run(target))


def _counted(run: Run, target: Target) -> int:
    """Run the function in a process of the lowest priority; return what it counted."""
    context = multiprocessing.get_context("spawn")
    counted: multiprocessing.Queue[int] = context.Queue()
    process = context.Process(target=_lowest_priority, args=(run, target, counted))
    process.start()
    count = counted.get()
    process.join()
    return count


def measured(name: str, seconds: float) -> Table:
    """Attack a new site, and return what others noticed."""
    attack = ATTACKS[name]
    with attack.surroundings() as environment:
        count, victims, attacked_mb = _attacked(attack.run, seconds, environment)
        lawful_mb = _after_lawful(attack.lawful, seconds, count, environment)
    more = attacked_mb / lawful_mb - 1
    kept = "kept" if more <= PROMISED_MORE else "not kept"
    about = (
        f"{attack.about} {number(count)} in {seconds:.0f} s. Memory of the workers: {attacked_mb:.0f} MB after the "
        f"attack, {lawful_mb:.0f} MB after lawful traffic of the same volume ({more:+.0%}; +20 % is promised: {kept})."
    )
    return Table(name, about, COLUMNS, [_row(victim) for victim in victims])


def _attacked(run: Run, seconds: float, environment: Mapping[str, str]) -> tuple[int, list[Victim], float]:
    """Return how often a new site was attacked, what others noticed, and the memory of the workers afterwards."""
    with site_on_a_server(**environment) as (_, site):
        _serve_lawfully(site)
        victims = [Victim(site.port, path, site.key) for path in ("/live", "/api/dashboard?userId=another")]
        with victims[0], victims[1]:
            count = _counted(run, Target(site.port, site.key, seconds))
        time.sleep(SETTLED_S)
        return count, victims, _memory_mb(site)


def _after_lawful(run: Run, seconds: float, count: int, environment: Mapping[str, str]) -> float:
    """Return the memory of a new site's workers after as many lawful requests (or as many as fit into the time)."""
    with site_on_a_server(**environment) as (_, site):
        _serve_lawfully(site)
        _counted(run, Target(site.port, site.key, 2 * seconds, most=count))
        time.sleep(SETTLED_S)
        return _memory_mb(site)


def _serve_lawfully(site: Site) -> None:
    with Load(site, pause_s=0.2):
        time.sleep(LAWFUL_S)


def _memory_mb(site: Site) -> float:
    return sum(memory_mb(pid) for pid in site.workers)


def _row(victim: Victim) -> list[str]:
    times = [f"{victim.quantile_ms(part):.0f}" for part in (0.5, 0.99, 1.0)]
    kept = "yes" if victim.quantile_ms(0.99) < PROMISED_MS else "no"
    return [victim.path.partition("?")[0], number(len(victim.took_s)), *times, str(victim.failed), kept]


def main() -> None:
    """Run the attacks and write the report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help=f"attacks, separated by commas: {', '.join(ATTACKS)}")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="How long each attack lasts.")
    options = parser.parse_args()
    quiet()
    console = Console()
    for name in [name for name in options.only.split(",") if name] or list(ATTACKS):
        with console.status(name):
            table = measured(name, options.seconds)
        console.print(str(table), markup=False)
        if options.seconds >= SECONDS:
            report.write("attack", HEADING, table)


if __name__ == "__main__":
    main()
