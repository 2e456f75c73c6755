"""The sections of the soak. Each one runs a part of the fault suite in full counts and returns its table."""

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.outages.guessing import PAIRS, guessing
from bench.report import Table, number
from bench.storms.flap import SAVES_A_SECOND, flapping
from bench.storms.long_storms import erasures_failed_over, failed_over, killed_while_saving
from tests.faults.harness.accounts import failed_over as failed_over_with_accounts
from tests.faults.harness.kill_points import POINTS
from tests.faults.harness.kills import Killing
from tests.faults.harness.kinds import KINDS
from tests.faults.harness.ledger import Ledger, Operation, Verdict
from tests.faults.harness.proxy import FaultProxy
from tests.faults.harness.storm import carry_out, storm, verdict_on
from tests.faults.harness.subjects import Naive, library_defaults, literal_policy
from tests.faults.harness.zygote import Zygote
from tests.protocol.simulation.lives import all_lived, batches
from tests.support.servers import Server
from tests.support.topologies import SentinelDeployment

SAVES_OF_A_KIND = 10_000
NAIVE_SAVES_OF_A_KIND = 1000
NAIVE_THREADS = 64
KILLS_AT_A_POINT = 100
FLAP_S = 600
SERVER_KILLS, SAVES_BETWEEN_KILLS = 20, 500
FAILOVERS, SAVES_A_FAILOVER = 20, 10_000
LIVES = 20_000
EVERYSEC = ("--appendfsync", "everysec")

Advance = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Found:
    """A section's table, and whether the promise was kept: nothing lost, nothing doubled."""

    table: Table
    is_clean: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the soak: `steps` returns the number of steps at a scale, `run` runs it."""

    name: str
    steps: Callable[[float], int]
    run: Callable[[float, Advance], Found]


def told(verdict: Verdict) -> str:
    """Return the verdict as the text of a cell."""
    text = f"{number(verdict.lost)} lost, {number(verdict.duplicated)} duplicated of {number(verdict.acknowledged)}"
    more = {"counts off by": verdict.miscounted, "refused:": verdict.refused, "waiting:": verdict.waiting}
    return "; ".join((text, *(f"{name} {number(value)}" for name, value in more.items() if value)))


def network(scale: float, advance: Advance) -> Found:
    """Run every kind of network fault, for Aira and for the two naive clients."""
    rows, clean = [], True
    for kind in KINDS:
        ours = _aira_in(kind, round(SAVES_OF_A_KIND * scale))
        naive = [
            _naive_in(kind, client, round(NAIVE_SAVES_OF_A_KIND * scale))
            for client in (literal_policy, library_defaults)
        ]
        rows.append([kind, *map(told, (ours, *naive))])
        clean = clean and ours.is_clean
        advance()
    about = (
        "A proxy disturbs exchanges between client and Valkey (every 10th; long faults every 25th to 100th); "
        "16 threads save. Naive: RPUSH and HINCRBY, with the same time-out and retries as Aira, and with redis-py's "
        "defaults. Saves that were not acknowledged are not counted as lost."
    )
    columns = ("fault", "Aira", "the same policy, without scripts that may run twice", "redis-py 8 as it comes")
    return Found(Table("Fifteen kinds of network faults", about, columns, rows), clean)


def _aira_in(kind: str, saves: int) -> Verdict:
    with tempfile.TemporaryDirectory() as folder, _server(folder) as server, FaultProxy(kind, server.socket) as proxy:
        operations = map(Operation, range(saves))
        return storm(proxy.url, Path(folder, "var"), server.client, operations=operations, heal=proxy.heal)


def _naive_in(kind: str, client: Callable[[str], Naive], saves: int) -> Verdict:
    with tempfile.TemporaryDirectory() as folder, _server(folder) as server, FaultProxy(kind, server.socket) as proxy:
        ledger, naive = Ledger(), client(proxy.url)
        carry_out(naive, map(Operation, range(saves)), ledger, threads=NAIVE_THREADS)
        naive.close()
        return verdict_on(ledger, naive, server.client)


class _server:  # noqa: N801 (used as a context manager)
    """A server with an append-only file in the folder."""

    def __init__(self, folder: str, *options: str) -> None:
        self._server = Server(Path(folder, "s.sock"), *(options or ("--appendonly", "yes")))

    def __enter__(self) -> Server:
        self._server.start()
        return self._server

    def __exit__(self, *_: object) -> None:
        self._server.stop()


def kills(scale: float, advance: Advance) -> Found:
    """Kill a process at every named point; after each kill, start another, drain and compare."""
    rows, clean = [], True
    with Zygote() as zygote:
        for point in POINTS:
            with tempfile.TemporaryDirectory() as folder, _server(folder) as server:
                killing = Killing(zygote, server, Path(folder), point)
                for _ in range(round(KILLS_AT_A_POINT * scale)):
                    verdict = killing.once()
                    clean = clean and verdict.is_clean
                    advance()
                killing.assert_legal()
                rows.append([point, number(killing.kills), told(verdict)])
    about = (
        "A process that saves (or replays) with 4 threads kills itself with SIGKILL; another one starts and drains; "
        "the ledger is compared after every kill, and the model has to allow every step of the trace."
    )
    return Found(Table("Killed at a named point", about, ("point", "kills", "Aira"), rows), clean)


def flap(scale: float, advance: Advance) -> Found:
    """Save over HTTP for ten minutes while Redis goes away and comes back every ten seconds."""
    verdict, growths = flapping(FLAP_S * scale, advance)
    rows = [["saves", told(verdict)]]
    for worker, growth in enumerate(growths, start=1):
        memory_early, memory_late, files_early, files_late = growth.early_and_late()
        rows.append(
            [f"worker {worker}: memory", f"{memory_early:.0f} MB after 2 minutes, {memory_late:.0f} MB at the end"]
        )
        rows.append([f"worker {worker}: open files", f"{files_early} after 2 minutes, {files_late} at the end"])
    about = (
        f"`serve` with 2 workers, {SAVES_A_SECOND} saves a second for {number(FLAP_S * scale)} s; Redis (append-only "
        "file on) is away for 5 of every 10 s: killed with SIGKILL and started again, or stopped with SIGSTOP, in "
        "turn. The highest values of one minute are compared."
    )
    is_clean = verdict.is_clean and all(growth.is_bounded for growth in growths)
    return Found(Table("Redis comes and goes", about, ("what", "found"), rows), is_clean)


def servers(scale: float, advance: Advance) -> Found:
    """Kill the server with SIGKILL repeatedly during saves, with an append-only file and without."""
    rows, clean = [], True
    for name, option in (("append-only file, everysec", "yes"), ("nothing on disk", "no")):
        kills_of_it = round(SERVER_KILLS * scale)
        with tempfile.TemporaryDirectory() as folder, _server(folder, "--appendonly", option, *EVERYSEC) as server:
            verdict = killed_while_saving(server, Path(folder), kills=kills_of_it, between=SAVES_BETWEEN_KILLS)
        rows.append([name, number(kills_of_it), told(verdict)])
        clean = clean and verdict.is_clean
        advance()
    about = "16 threads save; data that the server lost is applied again from the journal, which is `ahead`."
    return Found(Table("The server killed with SIGKILL", about, ("server keeps", "kills", "Aira"), rows), clean)


def failovers(scale: float, advance: Advance) -> Found:
    """Kill the primary while both replicas lag; the sentinels promote one of them."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = max(1, round(FAILOVERS * scale))
        verdict, lags = failed_over(Path(folder), count=wanted, saves_each=SAVES_A_FAILOVER, advance=advance)
    with tempfile.TemporaryDirectory() as folder:
        undone = erasures_failed_over(Path(folder), count=wanted, advance=advance)
    rows = [
        ["fail-overs", str(wanted)],
        ["the promoted replica lagged by", f"{number(min(lags) / 1024)} to {number(max(lags) / 1024)} kB"],
        ["saves", told(verdict)],
        ["erasures", f"{number(2 * wanted)} erased, {len(undone)} undone or told too early"],
    ]
    about = (
        "A primary, two replicas, three sentinels; 16 threads save without a pause. Both replicas are cut off, "
        f"{number(SAVES_A_FAILOVER // 2)} more saves are acknowledged, then the primary is killed and one is promoted. "
        "Then as many fail-overs again: one person is erased before each, and one while the replicas are cut off."
    )
    is_clean = verdict.is_clean and not undone
    return Found(Table("Fail-over to a replica that lags", about, ("what", "found"), rows), is_clean)


def accounts(scale: float, advance: Advance) -> Found:
    """Change accounts just before fail-overs to replicas that lag."""
    wanted, deployment = max(1, round(FAILOVERS * scale)), SentinelDeployment()
    deployment.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            changed, lags = failed_over_with_accounts(deployment, Path(folder, "var"), count=wanted, advance=advance)
        undone = Counter(changed.undone(deployment.client))
    finally:
        deployment.stop()
    acknowledged = Counter(what for what, _ in changed.told)
    rows = [[what, f"{number(undone[what])} undone of {number(told)}"] for what, told in acknowledged.items()]
    about = (
        f"{wanted} fail-overs to a replica that lags by {number(min(lags) / 1024)} to {number(max(lags) / 1024)} kB: "
        "both replicas are cut off, accounts are changed, then the primary is killed and one replica is promoted."
    )
    return Found(Table("Accounts and a fail-over", about, ("acknowledged", "found"), rows), not undone)


def simulation(scale: float, advance: Advance) -> Found:
    """Live simulated lives of the real code, with seeds that `make test` does not have, too."""
    acknowledged, wrong, count = 0, [], round(LIVES * scale)
    for more, found in all_lived(count):
        acknowledged += more
        wrong += found
        advance()
    rows = [
        ["lives", number(count)],
        ["operations acknowledged", number(acknowledged)],
        ["promises broken", number(len(wrong))],
        *(["", line] for line in wrong),
    ]
    about = (
        "The real writer, reader, journal, drain and scripts in a simulated world: servers with disks and replicas, a "
        "network that loses and delays, processes that are killed and frozen, clocks apart. A seed decides everything."
    )
    return Found(Table("Simulated lives", about, ("what", "found"), rows), not wrong)


SECTIONS = {
    section.name: section
    for section in (
        Section("network", lambda _: len(KINDS), network),
        Section("servers", lambda _: 2, servers),
        Section("failovers", lambda scale: 2 * max(1, round(FAILOVERS * scale)), failovers),
        Section("accounts", lambda scale: max(1, round(FAILOVERS * scale)), accounts),
        Section("flap", lambda scale: round(FLAP_S * scale), flap),
        Section("guessing", lambda scale: round(PAIRS * scale), lambda *each: Found(*guessing(*each))),
        Section("simulation", lambda scale: len(batches(round(LIVES * scale))), simulation),
        Section("kills", lambda scale: len(POINTS) * round(KILLS_AT_A_POINT * scale), kills),
    )
}
