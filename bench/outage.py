"""`make bench-outage`: answers while Redis is refused or hangs, the way back, and the price of safety."""

import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench import report
from bench.environment import quiet
from bench.load import CONNECTIONS, DASHBOARD, MANY, SAVE, Load, Sample, Watch, percentile
from bench.machine import cpu_s
from bench.report import Table, number
from bench.site import Site
from tests.faults.storm import wait_until
from tests.servers import Server

HEADING = "While Redis is away"
PAUSE_S = 0.05
HEALTHY_S = 5.0
VICTIMS_S = 3.0
AWAY_S = 10.0
SATURATED_S = 5.0
ROWS_TO_DRAIN = 20_000
CPU_ROUNDS = 3
CPU_ROUND_S = 6.0
WARM_UP_S = 1.0
PROMISED_P50_MS, PROMISED_P99_MS = 5.0, 25.0

_KINDS: dict[str, tuple[Callable[[Server], None], Callable[[Server], None]]] = {
    "refused (killed)": (Server.stop, Server.start),
    "hung (stopped)": (Server.pause, Server.resume),
}


@dataclass(frozen=True, slots=True)
class Outage:
    """What one outage looked like from outside; times in seconds."""

    healthy: list[Sample]
    victims: list[Sample]
    away: list[Sample]
    saturated: list[Sample]
    many: list[Sample]
    noticed_s: float
    healthy_again_s: float
    rows_a_second: float


@contextmanager
def _site(**options: str) -> Iterator[tuple[Server, Site]]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder, "s.sock"), "--appendonly", "yes", "--appendfsync", "everysec")
        server.start()
        try:
            with Site(f"unix://{server.socket}", Path(folder, "var"), **options) as site:
                yield server, site
        finally:
            server.stop()


def _ready(site: Site) -> dict[str, object]:
    return json.loads(site.get("/ready") or b"{}")


def _is_healthy(site: Site) -> bool:
    return _ready(site).get("redisHealthy") is True


def _pending(site: Site) -> int:
    return int(_ready(site)["journal"]["pending"])


def _outage(leave: Callable[[Server], None], come: Callable[[Server], None]) -> Outage:
    with _site() as (server, site), Watch(lambda: _is_healthy(site)) as watch:
        with Load(site, pause_s=PAUSE_S) as load:
            time.sleep(HEALTHY_S)
            left = time.monotonic()
            leave(server)
            time.sleep(VICTIMS_S)
        with Load(site, pause_s=PAUSE_S) as away:
            time.sleep(AWAY_S)
        saturated = _saturated(site)
        many = _fill(site)
        rows, came = _pending(site), time.monotonic()
        come(server)
        wait_until(lambda: watch.seen[-1][1] and _pending(site) == 0, seconds=120)
        drained_s, healthy_again_s = time.monotonic() - came, watch.last(value=False, after=came)
    return Outage(
        healthy=[sample for sample in load.samples if sample.ended < left],
        victims=[sample for sample in load.samples if sample.ended > left],
        away=away.samples,
        saturated=saturated,
        many=many,
        noticed_s=watch.last(value=True, after=left, before=came),
        healthy_again_s=healthy_again_s,
        rows_a_second=rows / max(0.001, drained_s - healthy_again_s),
    )


def _saturated(site: Site) -> list[Sample]:
    with Load(site) as load:
        time.sleep(SATURATED_S)
    return load.samples


def _fill(site: Site) -> list[Sample]:
    """Ask for many users in turn until enough rows wait to measure how fast they are drained."""
    with Load(site, users=MANY) as load:
        wait_until(lambda: len(load.samples) >= 2 * ROWS_TO_DRAIN, seconds=600)
    return load.samples


def _cell(samples: list[Sample], what: str) -> str:
    return f"{percentile(samples, what, 0.5):.1f} / {percentile(samples, what, 0.99):.1f}"


def _statuses(failed: Counter[int]) -> str:
    return ", ".join(f"{count} x {status}" for status, count in failed.items()) or "none"


def _latencies(outages: dict[str, Outage]) -> Table:
    rows = []
    for kind, outage in outages.items():
        for state, samples in (
            ("healthy", outage.healthy),
            ("away", outage.away),
            ("away, saturated", outage.saturated),
            (f"away, saturated, {number(MANY)} users", outage.many),
        ):
            rate = len(samples) / (max(each.due for each in samples) - min(each.due for each in samples))
            failed = Counter(sample.status for sample in samples if sample.status != 200)
            rows.append(
                [kind, state, f"{rate:.0f}", *(_cell(samples, what) for what in (DASHBOARD, SAVE)), _statuses(failed)]
            )
    about = (
        f"`serve` with 2 workers; {CONNECTIONS} connections, each asking every {PAUSE_S * 1000:.0f} ms (open loop: a "
        "request is timed from when it was due), as many users, dashboards and saves of 10 messages in turn; "
        "saturated: each asks again as soon as it is answered, the load on the same two cores. With many users in turn "
        "each request builds its user's shadow anew. "
        f"Promised while away: p50 <= {PROMISED_P50_MS:.0f} ms, p99 <= {PROMISED_P99_MS:.0f} ms."
    )
    columns = ("Redis", "state", "requests/s", "dashboard p50 / p99, ms", "save p50 / p99, ms", "not 200")
    return Table("Answers", about, columns, rows)


def _ways(outages: dict[str, Outage]) -> Table:
    rows = [
        [
            kind,
            f"{max(sample.took_s for sample in outage.victims):.2f} s",
            f"{outage.noticed_s:.2f} s",
            f"{outage.healthy_again_s:.2f} s",
            f"{number(outage.rows_a_second)}",
        ]
        for kind, outage in outages.items()
    ]
    about = (
        "The slowest request of those that met the outage; how long after it began /ready was last seen healthy; how "
        "long after Redis was back /ready was last seen unhealthy; how fast the waiting rows (at least "
        f"{number(ROWS_TO_DRAIN)}, of 10 messages each) were then drained. Promised: 1.5 s, 1 s, 2 s, 5 000 rows/s."
    )
    columns = ("Redis", "slowest first victim", "noticed", "healthy again", "rows/s drained")
    return Table("The way there and back", about, columns, rows)


_VARIANTS = {
    "without the safety layer": {"application": "bench.bare:application"},
    "journal on_failure": {"application": "aira_site.wsgi:application", "AIRA_JOURNAL": "on_failure"},
    "journal ahead, without its fsync": {"application": "bench.unsynced:application", "AIRA_JOURNAL": "ahead"},
    "journal ahead": {"application": "aira_site.wsgi:application", "AIRA_JOURNAL": "ahead"},
}


def _price() -> Table:
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
    return Table("The price of safety", about, ("site", "dashboard, us", "save of 10 messages, us"), rows)


def _cpu_us(what: str, options: dict[str, str]) -> float:
    with _site(**options) as (_, site):
        with Load(site, kinds=(what,)):
            time.sleep(WARM_UP_S)
        before = sum(map(cpu_s, site.workers))
        with Load(site, kinds=(what,)) as load:
            time.sleep(CPU_ROUND_S)
        return (sum(map(cpu_s, site.workers)) - before) / len(load.samples) * 1e6


def main() -> None:
    """Measure and write the report."""
    quiet()
    console = Console()
    outages = {}
    for kind, (leave, come) in _KINDS.items():
        with console.status(f"Redis is {kind}"):
            outages[kind] = _outage(leave, come)
    with console.status("The price of safety"):
        tables = [_latencies(outages), _ways(outages), _price()]
    for table in tables:
        console.print(str(table), markup=False)
        report.write("outage", HEADING, table)


if __name__ == "__main__":
    main()
