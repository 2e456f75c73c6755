"""Answers while Redis refuses connections or hangs, and the beginning and end of the outage."""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bench.load import CONNECTIONS, DASHBOARD, MANY, SAVE, Load, Sample, Watch, percentile
from bench.report import Table, number
from bench.site import Site, site_on_a_server
from tests.support.servers import Server
from tests.support.waiting import wait_until

PAUSE_S = 0.05
HEALTHY_S = 5.0
VICTIMS_S = 3.0
AWAY_S = 10.0
SATURATED_S = 5.0
ROWS_TO_DRAIN = 20_000
PROMISED_P50_MS, PROMISED_P99_MS = 5.0, 25.0

_KINDS: dict[str, tuple[Callable[[Server], None], Callable[[Server], None]]] = {
    "refused (killed)": (Server.stop, Server.start),
    "hung (stopped)": (Server.pause, Server.resume),
}


@dataclass(frozen=True, slots=True)
class Outage:
    """The measurements of one outage, made from outside; times are in seconds."""

    healthy: list[Sample]
    victims: list[Sample]
    away: list[Sample]
    saturated: list[Sample]
    many: list[Sample]
    noticed_s: float
    healthy_again_s: float
    rows_a_second: float


def _ready(site: Site) -> dict[str, object]:
    return json.loads(site.get("/ready") or b"{}")


def _is_healthy(site: Site) -> bool:
    return _ready(site).get("redisHealthy") is True


def _pending(site: Site) -> int:
    return int(_ready(site)["journal"]["pending"])


def outages() -> list[Table]:
    """Measure an outage of each of the two kinds."""
    found = {kind: _outage(leave, come) for kind, (leave, come) in _KINDS.items()}
    return [_latencies(found), _ways(found)]


def _outage(leave: Callable[[Server], None], come: Callable[[Server], None]) -> Outage:
    with site_on_a_server() as (server, site), Watch(lambda: _is_healthy(site)) as watch:
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
        wait_until(lambda: watch.seen[-1][1] and _pending(site) == 0, at_most_s=120)
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
    """Send requests of many users until enough rows are pending to measure how fast they are drained."""
    with Load(site, users=MANY) as load:
        wait_until(lambda: len(load.samples) >= 2 * ROWS_TO_DRAIN, at_most_s=600)
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
        f"`serve` with 2 workers; {CONNECTIONS} connections, each with a request every {PAUSE_S * 1000:.0f} ms (open "
        "loop: a request is timed from when it was due) and its own user, dashboards and saves of 10 messages in turn. "
        "Saturated: each connection sends its next request at once; the load runs on the same two cores. With many "
        "users, each request builds a new shadow. "
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
        "The slowest request among those under way when the outage began; how long after its beginning /ready was last "
        "healthy; how long after Redis was back /ready was last unhealthy; how fast the pending rows (at least "
        f"{number(ROWS_TO_DRAIN)}, of 10 messages each) were then drained. Promised: 1.5 s, 1 s, 2 s, 5 000 rows/s."
    )
    columns = ("Redis", "slowest first victim", "noticed", "healthy again", "rows/s drained")
    return Table("The way there and back", about, columns, rows)
