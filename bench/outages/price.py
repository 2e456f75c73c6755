"""The cost of the site's safety layer while Redis is healthy."""

import statistics
import time

from bench.load import CONNECTIONS, DASHBOARD, SAVE, Load
from bench.machine import cpu_s
from bench.report import Table
from bench.site import site_on_a_server

CPU_ROUNDS = 3
CPU_ROUND_S = 6.0
WARM_UP_S = 1.0

_VARIANTS = {
    "without the safety layer": {"application": "bench.outages.bare:application"},
    "journal on_failure": {"application": "aira_site.wsgi:application", "AIRA_JOURNAL": "on_failure"},
    "journal ahead, without its fsync": {"application": "bench.outages.unsynced:application", "AIRA_JOURNAL": "ahead"},
    "journal ahead": {"application": "aira_site.wsgi:application", "AIRA_JOURNAL": "ahead"},
}


def price() -> list[Table]:
    """Measure the processor time of a request with each variant of the site."""
    costs = {name: {DASHBOARD: [], SAVE: []} for name in _VARIANTS}
    for _ in range(CPU_ROUNDS):
        for name, options in _VARIANTS.items():
            for what in (DASHBOARD, SAVE):
                costs[name][what].append(_cpu_us(what, options))
    rows = [
        [name, *(f"{statistics.median(cost[what]):.0f}" for what in (DASHBOARD, SAVE))] for name, cost in costs.items()
    ]
    about = (
        f"Processor time of the workers for one request while Redis is healthy, median of {CPU_ROUNDS} rounds of "
        f"{CPU_ROUND_S:.0f} s, {CONNECTIONS} connections."
    )
    return [Table("The price of safety", about, ("site", "dashboard, us", "save of 10 messages, us"), rows)]


def _cpu_us(what: str, options: dict[str, str]) -> float:
    with site_on_a_server(**options) as (_, site):
        with Load(site, kinds=(what,)):
            time.sleep(WARM_UP_S)
        before = sum(map(cpu_s, site.workers))
        with Load(site, kinds=(what,)) as load:
            time.sleep(CPU_ROUND_S)
        return (sum(map(cpu_s, site.workers)) - before) / len(load.samples) * 1e6
